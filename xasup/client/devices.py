"""My devices: link another, end one, list them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from xasup.client.desk import AtDesk
from xasup.client.values import Device
from xasup.client.world import World
from xasup.protocol.connect import ConnectString
from xasup.protocol.ids import ClientId, device_id

_DEVICES = "devices"


class Devices(AtDesk):
    """All raise Malformed (not a device id), Refused with the service's code, Unavailable."""

    account: ConnectString
    _world: World

    async def link_device(self, device: str, expires: int = 0) -> ConnectString:
        """Let another device of mine in, and return its connect string (`.reveal()` spells it).

        Its token is made here and shown once; only its SHA-256 travels. *expires*: seconds since the epoch, 0: never.
        """
        name, token = device_id(device), self._world.token()
        digest = hashlib.sha256(token.encode()).hexdigest()
        # Not kept: offered again after a restart, it would let in a token that nobody knows any more.
        await self._desk.request(_DEVICES, "link", keep=False, device=name, token_sha256=digest, expires=expires)
        return replace(self.account, client=ClientId(self.account.client.user, name), token=token)

    async def revoke_device(self, device: str) -> None:
        """End a device of mine, its session too."""
        await self._desk.request(_DEVICES, "revoke", device=device_id(device))

    async def devices(self) -> list[Device]:
        """All of mine, asked of the service."""
        found = []
        async for entry in self._listing(_DEVICES, "list", "devices"):
            name = device_id(entry["device"])
            this = name == self.account.client.device
            found.append(Device(name, int(entry.get("expires", 0)), int(entry.get("seen", 0)), this))
        return found
