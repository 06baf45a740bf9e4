"""Commands about groups. Refuses to know widgets and keys. Each may raise Malformed, Refused or Unavailable."""

from __future__ import annotations

from tui_client import words
from tui_client.counter import Desk, underway
from xasup.client.values import group_key, group_of
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import group_id


async def found(desk: Desk, text: str) -> None:
    """The first word names it, the others are invited."""
    group, *invited = text.split() or [""]
    if not group:
        return desk.prefill("/group ")
    await desk.turn_to(group_key(group_id(group)))
    return await underway(desk, f"founding {group}", desk.engine.create_group(group, None, invited))


async def invite(desk: Desk, text: str) -> None:
    """Into the open group."""
    group = _group(desk)
    if not text:
        return desk.prefill("/invite ")
    return await underway(desk, f"inviting {text}", desk.engine.invite(group, text), f"{text} is invited")


async def leave(desk: Desk, text: str) -> None:
    """The open group, after a question."""
    group = _group(desk)
    if await desk.confirm(f"Leave the group {group}?"):
        await underway(desk, f"leaving {group}", desk.engine.leave(group), f"you left {group}")


async def members(desk: Desk, text: str) -> None:
    """Of the open group."""
    group = _group(desk)
    found = await desk.engine.members(group)
    desk.remark(words.members(group, [f"{member.user} ({member.role})" for member in found]))


def _group(desk: Desk) -> str:
    group = group_of(desk.view.open)
    if group is None:
        raise Malformed("that is for groups; open one first, as in /open g:hikers")
    return group
