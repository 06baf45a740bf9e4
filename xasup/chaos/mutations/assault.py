"""Spoiled packets to the broker, on open connections and instead of a CONNECT; each is answered, or ends its own.

Refuses to know: what was spoiled, and what the broker should have said.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from typing import cast

from xasup.chaos import raw
from xasup.chaos.mutations.seeds import hellos, packets
from xasup.chaos.mutations.spoil import spoil_packet
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, UserId

_SILENCE = 0.1  # seconds; the broker waits for the rest of what was announced
_FIRST = 0.25  # the share that comes instead of a CONNECT
_HOMES = 200  # addresses from which these come: wrong tokens cost their address, and nobody else's
_WITHIN = 30.0  # seconds for coming in at all

_Account = tuple[ClientId, str]


class Assault:
    """*intruders*: devices of one user, who are in; *guest*: whose CONNECT is spoiled; each with a token."""

    def __init__(
        self, port: int, intruders: Sequence[_Account], guest: _Account, friend: UserId, dice: random.Random
    ) -> None:
        self._port, self._intruders, self._dice = port, intruders, dice
        self._hellos, self._packets = hellos(*guest), packets(intruders[0][0].user, friend)
        self.sent = self.ended = 0

    async def run(self, count: int) -> None:
        """So many packets. Raises Unavailable where the broker lets nobody in any more."""
        work = iter([self._spoiled() for _ in range(count)])
        try:
            async with asyncio.TaskGroup() as tasks:
                for intruder in self._intruders:
                    tasks.create_task(self._work(work, intruder), name=f"assault of {intruder[0]}")
        except* Unavailable as errors:
            raise Unavailable(str(errors.exceptions[0])) from None

    def _spoiled(self) -> tuple[bool, bytes]:
        """Whether it comes first, and what."""
        first = self._dice.random() < _FIRST
        return first, spoil_packet(self._dice.choice(self._hellos if first else self._packets), self._dice)

    async def _work(self, work: Iterator[tuple[bool, bytes]], me: _Account) -> None:
        line: _Line | None = None
        for first, data in work:
            self.sent += 1
            if first:
                await self._call(data)
                continue
            if line is None or line.ended.is_set():
                line = await self._come_in(*me)
            if not await line.survives(data):
                self.ended += 1
                line.abort()
                line = None
        if line is not None:
            line.abort()

    async def _call(self, data: bytes) -> None:
        """Instead of a CONNECT."""
        home = f"127.9.9.{1 + self._dice.randrange(_HOMES)}"
        line = await _dial(self._port, home)
        if not await line.survives(data):
            self.ended += 1
        line.abort()

    async def _come_in(self, client: ClientId, token: str) -> _Line:
        try:
            async with asyncio.timeout(_WITHIN):
                while True:
                    line = await _dial(self._port, "127.0.0.1")
                    if await line.survives(raw.connect(str(client), client.user, token)):
                        return line
                    line.abort()
        except TimeoutError:
            raise Unavailable(f"the broker has let nobody in for {_WITHIN:g} s") from None


class _Line(asyncio.Protocol):
    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._pong = asyncio.Event()
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        seen = self._tail + data  # a PINGRESP, or two bytes like one, which is as good here
        self._tail = seen[-1:]
        if raw.PONG in seen:
            self._pong.set()

    def connection_lost(self, error: Exception | None) -> None:
        self.ended.set()
        self._pong.set()

    async def survives(self, data: bytes) -> bool:
        """Whether the broker answers a ping behind it, within a moment."""
        self._pong.clear()
        self._transport.write(data + raw.PING)
        try:
            async with asyncio.timeout(_SILENCE):
                await self._pong.wait()
        except TimeoutError:
            return False
        return not self.ended.is_set()

    def abort(self) -> None:
        self._transport.abort()


async def _dial(port: int, home: str) -> _Line:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_WITHIN):
            _, line = await loop.create_connection(_Line, "127.0.0.1", port, local_addr=(home, 0))
    except (OSError, TimeoutError) as error:
        raise Unavailable(f"the broker takes no connection: {error}") from None
    return line
