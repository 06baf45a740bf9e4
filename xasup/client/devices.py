"""My devices: link another, by its connect string or by a code, rename one, end one, list them."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

from xasup.client.desk import AtDesk
from xasup.client.uplink import Uplink
from xasup.client.values import Device, LinkCode
from xasup.client.world import World
from xasup.protocol import codec
from xasup.protocol.connect import CODE_SECONDS, ConnectString
from xasup.protocol.ids import ClientId, device_id

_DEVICES = "devices"


class Devices(AtDesk):
    """All raise Malformed (not a device id), Refused with the service's code, Unavailable."""

    account: ConnectString
    _uplink: Uplink
    _world: World

    async def link_device(self, device: str, expires: int = 0) -> ConnectString:
        """Let another device of mine in, and return its connect string (`.reveal()` spells it).

        Its token is made here and shown once; only its SHA-256 travels. *expires*: seconds since the epoch, 0: never.
        """
        name, token = device_id(device), self._world.token()
        # Not kept: offered again after a restart, it would let in a token that nobody knows any more.
        await self._desk.request(_DEVICES, "link", keep=False, device=name, token_sha256=digest(token), expires=expires)
        return replace(self.account, client=ClientId(self.account.client.user, name), token=token)

    async def link_code(self, device: str) -> LinkCode:
        """A code that lets another device of mine in, once, within a minute: redeem() gives it a token of its own.

        A code of the same name that waits is replaced."""
        name, code, asked = device_id(device), self._world.code(), self._world.now_ms()
        await self._desk.request(_DEVICES, "link", keep=False, device=name, token_sha256=digest(code), code=True)
        account = replace(self.account, client=ClientId(self.account.client.user, name), token=code, code=True)
        return LinkCode(name, account.reveal(), asked + CODE_SECONDS * 1000)

    async def rename_device(self, device: str, label: str) -> None:
        """What it is called, at most 64 characters of free text; empty: its id alone."""
        await self._desk.request(_DEVICES, "rename", device=device_id(device), label=label)

    async def revoke_device(self, device: str) -> None:
        """End a device of mine, its session too; this one included."""
        name = device_id(device)
        if name == self.account.client.device:
            await self._revoke_myself()
        else:
            await self._desk.request(_DEVICES, "revoke", device=name)

    async def _revoke_myself(self) -> None:
        """No answer reaches a device that is none any more: that the broker refuses it is the answer."""
        mine = self.account.client.device
        asked = asyncio.create_task(self._desk.request(_DEVICES, "revoke", keep=False, device=mine))
        refused = asyncio.create_task(self._uplink.refused())
        try:
            [first, *_], _ = await asyncio.wait((asked, refused), return_when=asyncio.FIRST_COMPLETED)
            await first
        finally:
            for task in (asked, refused):
                task.cancel()
            await asyncio.gather(asked, refused, return_exceptions=True)

    async def devices(self) -> list[Device]:
        """All of mine, asked of the service."""
        return [self._device(entry) async for entry in self._listing(_DEVICES, "list", "devices")]

    def _device(self, entry: dict[str, Any]) -> Device:
        name = device_id(entry["device"])
        return Device(
            device=name,
            expires=codec.count(entry, "expires", 0),
            seen=codec.count(entry, "seen", 0),
            this=name == self.account.client.device,
            label=str(entry.get("label", "")),
            code=entry.get("code") is True,
        )


def digest(secret: str) -> str:
    """What services know of a token or a code."""
    return hashlib.sha256(secret.encode()).hexdigest()
