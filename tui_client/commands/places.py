"""Commands that move about: between conversations, within one, to the help, out. Refuses to know widgets and keys."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from tui_client import words
from tui_client.counter import Desk
from tui_client.roster import FOLD, roster
from tui_client.screens.help import Help
from tui_client.screens.leaf import Leaf
from xasup.client.values import group_key, group_of
from xasup.protocol.ids import group_id, user_id


async def open_conversation(desk: Desk, text: str) -> None:
    """The person or group that is named. Raises Malformed for what is neither."""
    if not text:
        return desk.prefill("/open ")
    return await desk.turn_to(place(text))


async def unread(desk: Desk, text: str) -> None:
    """Turn to the next conversation with something new."""
    await desk.turn_to_unread()


async def list_all(desk: Desk, text: str) -> None:
    """Every conversation, with how I stand there and what is new."""
    entries = [words.entry(desk.view, entry.key) for entry in roster(desk.view) if entry.key != FOLD]
    await desk.show(Leaf("Your conversations", entries or ["none yet; /ask USER begins one"]))


async def show_help(desk: Desk, text: str) -> None:
    """Over the conversation."""
    await desk.show(Help(desk.commands))


async def leave_app(desk: Desk, text: str) -> None:
    """What is in the outbox stays there."""
    desk.exit()


def step(by: int) -> Callable[[Desk, str], Coroutine[Any, Any, None]]:
    """Turn to the conversation *by* places on."""

    async def turn(desk: Desk, text: str) -> None:
        await desk.turn_by(by)

    return turn


def place(text: str) -> str:
    """The conversation that somebody named: `bob` or `g:hikers`. Raises Malformed for what is neither."""
    group = group_of(text)
    return user_id(text) if group is None else group_key(group_id(group))
