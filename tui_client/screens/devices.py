"""My devices: rename, revoke, link another. Refuses to know how they are drawn (devices.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui_client.clocks import Clocks
from tui_client.devices import device_lines, revoking
from tui_client.engine import Engine
from tui_client.screens.board import Board
from tui_client.screens.link import Link
from tui_client.spans import Line
from xasup.client.events import DeviceChanged, Event
from xasup.client.values import Device


class Devices(Board[bool]):
    """True: this device was revoked here, and it is over."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("l", "link", "link"),
        ("r", "rename", "rename"),
        ("x,delete", "revoke", "revoke"),
    ]
    TITLE = "Your devices"
    KEYS = "l link a device · r rename · x revoke · Esc close"

    def __init__(self, engine: Engine, clocks: Clocks) -> None:
        super().__init__()
        self._engine, self._clocks = engine, clocks
        self._devices: dict[str, Device] = {}

    def lines(self, cells: int) -> Sequence[Line]:
        return device_lines(list(self._devices.values()), self._clocks.wall().timestamp(), cells)

    async def load(self) -> None:
        self._devices = {device.device: device for device in await self._engine.devices()}

    def hear(self, event: Event) -> None:
        if isinstance(event, DeviceChanged):
            self.reload()

    def action_link(self) -> None:
        self.work(self._link())

    def action_rename(self) -> None:
        self.work(self._rename(self.cursor))

    def action_revoke(self) -> None:
        self.work(self._revoke(self.cursor))

    async def choose(self, key: str) -> None:
        await self._rename(key)

    async def _link(self) -> None:
        name = await self.ask("A name for the new device, as in phone (a-z, 0-9, - and _):")
        if not name:
            return
        self.say("asking for a code …")
        code = await self._engine.link_code(name)
        self.say("")
        linked = await self.app.push_screen_wait(Link(code, self._clocks))
        await self.load()
        self.say(f"{name} is linked" if linked else f"{name} was not linked; l makes a new code")

    async def _rename(self, key: str) -> None:
        device = self._devices.get(key)
        if device is None:
            return
        label = await self.ask(f"What do you call {key}?", device.label)
        if label:
            await self.underway(f"renaming {key}", self._engine.rename_device(key, label), f"{key} is renamed")

    async def _revoke(self, key: str) -> None:
        device = self._devices.get(key)
        if device is None or not await self.confirm(revoking(device)):
            return
        if device.this:
            self.say(f"revoking {key} …")
            await self._engine.revoke_device(key)
            self.dismiss(True)
        else:
            await self.underway(f"revoking {key}", self._engine.revoke_device(key), f"{key} is revoked")
