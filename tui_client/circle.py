"""A group on a screen: its members as lines, and what follows from leaving it. Pure. Refuses to know the engine."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.spans import Line, Span, fit, foreign_line
from tui_client.spans import Role as Look
from tui_client.view import View
from xasup.client.values import Group, Member
from xasup.protocol.groups import Role

_ORDER = {Role.OWNER: 0, Role.MEMBER: 1, Role.INVITED: 2}
_WORDS = {Role.OWNER: "owns the group", Role.MEMBER: "member", Role.INVITED: "invited, has not answered"}


def group_lines(group: Group, members: Sequence[Member], view: View, cells: int) -> list[Line]:
    """Its name, then who is in it."""
    name = foreign_line(group.name or group.group)
    head = Line((Span(fit(f"{name}  g:{group.group}", cells), Look.SELECTED),))
    found = sorted(members, key=lambda member: (_ORDER.get(member.role, 3), member.user))
    return [head, Line(), *(_member(member, view) for member in found)]


def may_leave(group: Group, members: Sequence[Member]) -> bool:
    """The owner must hand over first, where others are in."""
    return group.role is not Role.OWNER or not [each for each in members if each.role is Role.MEMBER]


def leaving(group: Group) -> str:
    """The question, with what follows."""
    name = group.name or group.group
    if group.role is Role.OWNER:
        return f"Leave {name}? You are the last one in it, so the group ends, with its invitations."
    return f"Leave {name}? You get nothing more of it, and the owner must invite you before you can come back."


def _member(member: Member, view: View) -> Line:
    if member.user == view.me:
        mark, look = "●", Look.GOOD
    else:
        known = view.standing(member.user).look if member.user in view.contacts else None
        mark, look = (known.mark, known.role) if known else (" ", Look.DIM)
    you = "  you" if member.user == view.me else ""
    role = Span(f"  {_WORDS.get(member.role, member.role)}", Look.DIM)
    return Line((Span(f"{mark} ", look), Span(f"{member.user}{you}", Look.OTHER), role), member.user)
