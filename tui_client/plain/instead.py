"""What the plain mode does, or says, for commands that open a screen of choices elsewhere. By their names.

A command that is not here is carried out as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tui_client import words
from tui_client.commands import devices as my_devices
from tui_client.commands import groups
from tui_client.commands.command import Do
from tui_client.counter import Desk
from tui_client.devices import spoken
from tui_client.screens.leaf import Leaf
from xasup.protocol.errors import Malformed

_DEEDS = "You can type /devices link NAME, /devices rename NAME LABEL or /devices revoke NAME"


async def devices(desk: Desk, text: str) -> None:
    """The list, and what can be typed; what is to be done with one is done as elsewhere."""
    if text:
        return await my_devices.devices(desk, text)
    now = desk.clocks.wall().timestamp()
    entries = [spoken(device, now) for device in await desk.engine.devices()]
    return await desk.show(Leaf("Your devices", [*entries, _DEEDS]))


async def archived(desk: Desk, text: str) -> None:
    """The list; `/open` and `/archive` bring one back."""
    kept = [key for key, each in desk.view.conversations.items() if each.traits.archived]
    entries = [words.entry(desk.view, key) for key in kept]
    await desk.show(Leaf("Archived conversations", entries or ["none; /archive puts one away"]))


async def group(desk: Desk, text: str) -> None:
    """Founding needs no screen; for the rest there are commands."""
    if not text:
        raise Malformed("type /group GROUP [USER …] to found one; /members says who is in the one that is open")
    await groups.group(desk, text)


def say(sentence: str) -> Do:
    """What to use instead."""

    async def deed(desk: Desk, text: str) -> None:
        raise Malformed(sentence)

    return deed


INSTEAD: Mapping[str, Do] = {
    "group": group,
    "archived": archived,
    "accounts": say("leave with /quit, and start `xasup chat --plain` with the other account"),
    "devices": devices,
    "theme": say("the plain mode has no colours"),
    "switch": say("type /open and the beginning of a name, then press Tab"),
}
