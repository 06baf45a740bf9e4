"""Commands about the list of conversations: what stands where in it. Refuses to know widgets and keys.

Each may raise Malformed or Unavailable.
"""

from __future__ import annotations

from dataclasses import replace

from tui_client.commands.places import place
from tui_client.counter import Desk
from tui_client.roster import FOLD, roster
from xasup.client.values import Traits
from xasup.protocol.errors import Malformed


async def pin(desk: Desk, text: str) -> None:
    """The conversation that is named, else the open one; again: no more."""
    key = _named(desk, text)
    on = not _traits(desk, key).pinned
    await desk.engine.pin(key, on)
    desk.remark(f"{key} stays at the top of the list" if on else f"{key} is no longer pinned")


async def mute(desk: Desk, text: str) -> None:
    """The conversation that is named, else the open one; again: no more."""
    key = _named(desk, text)
    on = not _traits(desk, key).muted
    await desk.engine.mute(key, on)
    desk.remark(f"{key} does not ring" if on else f"{key} rings again")


async def archive(desk: Desk, text: str) -> None:
    """The conversation that is named, else the open one, which is left then; again: back into the list."""
    key = _named(desk, text)
    on = not _traits(desk, key).archived
    await desk.engine.archive(key, on)
    if on and key == desk.view.open:
        await desk.turn_to("")
    back = "" if _traits(desk, key).muted else "; it comes back when somebody writes there"
    desk.remark(f"{key} is archived{back}" if on else f"{key} is in the list again")


async def unfold(desk: Desk, text: str) -> None:
    """Show what is archived, or no more."""
    await desk.fold()


async def later(desk: Desk, text: str) -> None:
    """The open conversation counts as unread, from the selected message on, and is left."""
    key, line = _named(desk, ""), desk.view.chosen()
    await desk.turn_to("")
    if line is not None:
        await desk.engine.stopped(key, line.seq - 1)
    await desk.engine.mark_unread(key, True)
    desk.remark(f"{key} is marked as unread")


async def order(desk: Desk, text: str) -> None:
    """By activity, or what is unread first."""
    preferences = desk.view.preferences
    first = {"unread": True, "activity": False, "": not preferences.unread_first}.get(text.lower())
    if first is None:
        raise Malformed(f"{text}: expected unread or activity")
    await desk.prefer(replace(preferences, unread_first=first))
    desk.remark("the list has first what is unread" if first else "the list has first what was written last")


async def narrow(desk: Desk, text: str) -> None:
    """Letters that were typed: turn to the first conversation with them in its name. None: begin to type them."""
    if not text:
        return desk.prefill("/filter ")
    view = replace(desk.view, filter=text)
    found = next((entry.key for entry in roster(view) if entry.key != FOLD), None)
    if found is None:
        raise Malformed(f"nobody in the list has {text} in the name")
    return await desk.turn_to(found)


def _named(desk: Desk, text: str) -> str:
    key = place(text) if text else desk.view.open
    if not key:
        raise Malformed("which one? name somebody, or open a conversation first")
    return key


def _traits(desk: Desk, key: str) -> Traits:
    known = desk.view.conversations.get(key)
    return known.traits if known else Traits()
