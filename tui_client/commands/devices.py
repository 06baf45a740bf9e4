"""Commands about my devices. Refuses to know widgets and keys. Each may raise Malformed, Refused or Unavailable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui_client.counter import Desk, underway
from tui_client.devices import revoking
from tui_client.screens.devices import Devices
from tui_client.screens.link import Link
from xasup.protocol.errors import Malformed

_GONE = "This device is revoked. To come back, get a new connect string and start `xasup chat` with it."


async def devices(desk: Desk, text: str) -> None:
    """Alone the list; where this device was revoked in it, the program ends. Else what is to be done with which one."""
    if not text:
        if await desk.show(Devices(desk.engine, desk.clocks)):
            desk.exit(_GONE)
        return
    word, _, about = text.partition(" ")
    deed = _DEEDS.get(word.lower())
    if deed is None:
        raise Malformed(f"{word}: expected {', '.join(_DEEDS)}, as in /devices link phone")
    if not about.strip():
        raise Malformed(f"which one? name the device, as in /devices {word} phone")
    await deed(desk, about.strip())


async def _link(desk: Desk, name: str) -> None:
    desk.remark("asking for a code …")
    code = await desk.engine.link_code(name)
    desk.remark("")
    linked = await desk.show(Link(code, desk.clocks))
    if linked is not None:
        desk.remark(f"{name} is linked" if linked else f"{name} was not linked; /devices link {name} makes a new code")


async def _rename(desk: Desk, about: str) -> None:
    name, _, label = about.partition(" ")
    if not label:
        raise Malformed(f"what do you call it? say it, as in /devices rename {name} by the window")
    await underway(desk, f"renaming {name}", desk.engine.rename_device(name, label.strip()), f"{name} is renamed")


async def _revoke(desk: Desk, name: str) -> None:
    device = next((each for each in await desk.engine.devices() if each.device == name), None)
    if device is None:
        raise Malformed(f"you have no device {name}; /devices lists them")
    if not await desk.confirm(revoking(device)):
        return
    await underway(desk, f"revoking {name}", desk.engine.revoke_device(name), f"{name} is revoked")
    if device.this:
        desk.exit(_GONE)


_DEEDS: dict[str, Callable[[Desk, str], Awaitable[None]]] = {
    "link": _link,
    "rename": _rename,
    "revoke": _revoke,
}
DEEDS = tuple(_DEEDS)
