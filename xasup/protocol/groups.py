"""Who may do what in a group, decided from facts alone. Refuses to know: storage, clocks, how members are told.

A group has exactly one owner. The owner invites, removes and hands over; everybody else decides for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from xasup.protocol import directory
from xasup.protocol.errors import Code, Refused

MAX_MEMBERS = 5000  # invitations included


class Role(StrEnum):
    """A user's part in a group."""

    NONE = "none"
    INVITED = "invited"
    MEMBER = "member"
    OWNER = "owner"


class Op(StrEnum):
    """What can be done in a group, once it is founded."""

    RENAME = "rename"
    INVITE = "invite"
    JOIN = "join"
    LEAVE = "leave"
    REMOVE = "remove"
    HAND_OVER = "hand-over"


@dataclass(frozen=True, slots=True)
class Size:
    """How many take part: *members* with the owner, *invited* who have not answered."""

    members: int = 0
    invited: int = 0


# What an operation makes of the role it aims at: `join` and `leave` aim at my own, the rest at another's.
# A role that is missing is refused with the code and sentence of _REFUSALS.
NEXT: dict[Op, dict[Role, Role]] = {
    Op.JOIN: {Role.INVITED: Role.MEMBER, Role.MEMBER: Role.MEMBER, Role.OWNER: Role.OWNER},
    Op.LEAVE: {Role.INVITED: Role.NONE, Role.MEMBER: Role.NONE, Role.OWNER: Role.NONE},
    Op.INVITE: {
        Role.NONE: Role.INVITED,
        Role.INVITED: Role.INVITED,
        Role.MEMBER: Role.MEMBER,
        Role.OWNER: Role.OWNER,
    },
    Op.REMOVE: {Role.INVITED: Role.NONE, Role.MEMBER: Role.NONE},
    Op.HAND_OVER: {Role.MEMBER: Role.OWNER},
}

_REFUSALS: dict[Op, tuple[Code, str]] = {
    Op.JOIN: (Code.NOT_INVITED, "you have not been invited; ask the owner"),
    Op.LEAVE: (Code.NOT_MEMBER, "you are not in this group"),
    Op.REMOVE: (Code.NOT_MEMBER, "this user is not in the group"),
    Op.HAND_OVER: (Code.NOT_MEMBER, "only somebody who has joined can become the owner"),
}

_IN_DIRECTORY = {Role.MEMBER: directory.Role.MEMBER, Role.OWNER: directory.Role.OWNER}


def in_directory(role: Role) -> directory.Role | None:
    """What the broker is to know: to it the invited are strangers."""
    return _IN_DIRECTORY.get(role)


def found(accepted: Mapping[str, bool]) -> Size:
    """The size of a new group; *accepted*: for each one to invite, whether they have accepted the founder as a contact.

    Raises Refused.
    """
    for user, welcome in accepted.items():
        _must_have_accepted(user, welcome)
    _must_have_room(Size(1, len(accepted)))
    return Size(1, len(accepted))


def rename(mine: Role) -> None:
    """Raises Refused."""
    _must_own(mine)


def invite(mine: Role, theirs: Role, accepted: bool, size: Size, user: str) -> Role:
    """The new role of *user*, who must have *accepted* the owner as a contact. Raises Refused."""
    _must_own(mine)
    role = NEXT[Op.INVITE][theirs]
    if role is not theirs:
        _must_have_accepted(user, accepted)
        _must_have_room(Size(size.members, size.invited + 1))
    return role


def join(mine: Role) -> Role:
    """My new role. Raises Refused."""
    return _aim(Op.JOIN, mine)


def leave(mine: Role, size: Size) -> Role:
    """My new role; the owner leaves last, and ends the group with its invitations (see `ends`). Raises Refused."""
    if mine is Role.OWNER and size.members > 1:
        raise Refused("you own this group and others are in it; hand it over first", Code.LAST_OWNER)
    return _aim(Op.LEAVE, mine)


def ends(before: Role, after: Role) -> bool:
    """True where this step takes the group's last member away."""
    return before is Role.OWNER and after is Role.NONE


def remove(mine: Role, theirs: Role) -> Role:
    """The new role of the one who is removed, or whose invitation is taken back. Raises Refused."""
    _must_own(mine)
    if theirs is Role.OWNER:
        raise Refused("the owner cannot be removed; hand the group over, then leave", Code.LAST_OWNER)
    return _aim(Op.REMOVE, theirs)


def hand_over(mine: Role, theirs: Role) -> tuple[Role, Role]:
    """My new role, and that of the new owner. Raises Refused."""
    _must_own(mine)
    return Role.MEMBER, _aim(Op.HAND_OVER, theirs)


def resized(size: Size, before: Role, after: Role) -> Size:
    """The size after one user's step from role to role."""
    return Size(
        size.members + _counts(after) - _counts(before),
        size.invited + (after is Role.INVITED) - (before is Role.INVITED),
    )


def _counts(role: Role) -> int:
    return role in (Role.MEMBER, Role.OWNER)


def _aim(op: Op, role: Role) -> Role:
    after = NEXT[op].get(role)
    if after is None:
        code, sentence = _REFUSALS[op]
        raise Refused(sentence, code)
    return after


def _must_own(mine: Role) -> None:
    if mine is not Role.OWNER:
        raise Refused("only the owner of the group can do that", Code.NOT_OWNER)


def _must_have_accepted(user: str, accepted: bool) -> None:
    if not accepted:
        raise Refused(f"{user} has not accepted you as a contact; ask first", Code.NOT_ACCEPTED)


def _must_have_room(size: Size) -> None:
    if size.members + size.invited > MAX_MEMBERS:
        raise Refused(f"a group holds at most {MAX_MEMBERS} members, invitations included", Code.TOO_MANY)
