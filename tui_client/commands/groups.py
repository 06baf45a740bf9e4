"""Commands about groups. Refuses to know widgets and keys. Each may raise Malformed, Refused or Unavailable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from tui_client import words
from tui_client.circle import leaving
from tui_client.counter import Desk, underway
from tui_client.engine import Engine
from tui_client.screens.ask import Ask
from tui_client.screens.group import GroupBoard, contacts
from tui_client.screens.pick import Pick
from xasup.client.values import Group, group_key, group_of
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import GroupId, group_id


async def group(desk: Desk, text: str) -> None:
    """With words: found one. Without: the open one on a screen; where none is open, found one by questions."""
    here = group_of(desk.view.open)
    if text:
        name, *invited = text.split()
        return await _found(desk, name, "", invited)
    if here is not None and desk.view.standing(desk.view.open).writable:
        await desk.show(GroupBoard(desk.engine, here, lambda: desk.view))
        return None
    return await _by_questions(desk)


async def hand_over(desk: Desk, text: str) -> None:
    """The open group to a member, after a question: it cannot be taken back."""
    group = _group(desk)
    if not text:
        return desk.prefill("/handover ")
    if await desk.confirm(f"Make {text} the owner of {group}? You stay as a member, and cannot take it back."):
        await underway(desk, f"handing {group} over", desk.engine.hand_over(group, text), f"{text} owns {group} now")
    return None


async def leave(desk: Desk, text: str) -> None:
    """The open group, after a question that says what follows."""
    group = _group(desk)
    if await desk.confirm(leaving(desk.view.groups.get(group, Group(group)))):
        await underway(desk, f"leaving {group}", desk.engine.leave(group), f"you left {group}")


async def members(desk: Desk, text: str) -> None:
    """Of the open group."""
    group = _group(desk)
    found = await desk.engine.members(group)
    desk.remark(words.members(group, [f"{member.user} ({member.role})" for member in found]))


async def _by_questions(desk: Desk) -> None:
    name = await desk.show(Ask("A short name for the new group, as in hikers (a-z, 0-9, - and _):"))
    if not name:
        return
    group = group_id(name)
    title = await desk.show(Ask("What is it called, for people?", name))
    if title is None:
        return
    await _found(desk, group, title, await _picked(desk))


async def _picked(desk: Desk) -> Sequence[str]:
    known = contacts(desk.view)
    if not known:
        return ()
    picked = await desk.show(Pick("Whom do you invite?", known))
    return picked or ()


async def _found(desk: Desk, group: str, title: str, invited: Sequence[str]) -> None:
    await desk.turn_to(group_key(group_id(group)))
    await underway(desk, f"founding {group}", desk.engine.create_group(group, title or None, invited))


def _to_the_open_one(
    command: str, act: Callable[[Engine, GroupId, str], Awaitable[None]], doing: str, done: str
) -> Callable[[Desk, str], Coroutine[Any, Any, None]]:
    """What is typed behind *command* is done to the open group. *doing*, *done*: what is said meanwhile and then."""

    async def deed(desk: Desk, text: str) -> None:
        group = _group(desk)
        if not text:
            return desk.prefill(f"/{command} ")
        said = {"text": text, "group": group}
        return await underway(desk, doing.format(**said), act(desk.engine, group, text), done.format(**said))

    return deed


def _group(desk: Desk) -> GroupId:
    group = group_of(desk.view.open)
    if group is None:
        raise Malformed("that is for groups; open one first, as in /open g:hikers")
    return group


invite = _to_the_open_one(
    "invite", lambda engine, group, user: engine.invite(group, user), "inviting {text}", "{text} is invited"
)
rename = _to_the_open_one(
    "rename", lambda engine, group, name: engine.rename_group(group, name), "renaming {group}", "it is called {text}"
)
remove = _to_the_open_one(
    "remove", lambda engine, group, user: engine.remove(group, user), "removing {text}", "{text} is removed"
)
