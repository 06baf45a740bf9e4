"""A proxy of TCP and Unix sockets between two parts, whose weather is somebody else's business: latency, jitter,
slices, little bandwidth, resets, half-open connections, and cuts between a PUBLISH and its PUBACK.

Refuses to know: which parts, when the weather changes, what they say to each other (but that a PUBACK is among it).
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from asyncio import Queue, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from xasup.chaos.packets import PUBACK, Packets

Open = Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]
_PIECE = 16 << 10  # bytes
_UNDER_WAY = 64  # pieces
_SLICED = 64  # bytes of each piece that are sent one by one; more would measure our own slowness
_GONE = (OSError, EOFError)


@dataclass(frozen=True, slots=True)
class Weather:
    """*latency*, *jitter*: seconds, for each piece; *sliced*: bytes one by one; *bandwidth*: bytes a second in each
    direction of each connection, 0: all; *cut*: a connection ends where a PUBACK would pass."""

    latency: float = 0.0
    jitter: float = 0.0
    sliced: bool = False
    bandwidth: int = 0
    cut: bool = False


FAIR = Weather()


class Proxy:
    """*open*: the other end; *dice*: of the jitter; *mqtt*: what passes is MQTT. *cuts*: how often it has cut."""

    def __init__(self, open: Open, dice: random.Random, *, mqtt: bool = True) -> None:
        self.weather, self.mqtt, self.dice = FAIR, mqtt, dice
        self.cuts = 0
        self._open = open
        self._passages: dict[_Passage, None] = {}  # in the order in which they came

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[None]:
        """On TCP, for the time of the block."""
        async with self._serving(await asyncio.start_server(self._come, host, port)):
            yield

    @asynccontextmanager
    async def listening_at(self, path: str) -> AsyncIterator[None]:
        """On a Unix socket, for the time of the block."""
        async with self._serving(await asyncio.start_unix_server(self._come, path)):
            yield

    def reset(self) -> None:
        """Every connection, with RST to both ends."""
        for passage in list(self._passages):
            passage.reset()

    def reset_one(self) -> None:
        """The same for one, which the dice choose; none where there is none."""
        if self._passages:
            self.dice.choice(list(self._passages)).reset()

    def orphan(self) -> None:
        """Every connection becomes half-open: the far end sees it end, the near end hears nothing any more."""
        for passage in list(self._passages):
            passage.orphan()

    @asynccontextmanager
    async def _serving(self, server: asyncio.Server) -> AsyncIterator[None]:
        try:
            yield
        finally:
            server.close()
            self.reset()

    async def _come(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far = await self._open()
        except OSError:
            _end(writer)
            return
        passage = _Passage(self, (reader, writer), far)
        self._passages[passage] = None
        try:
            await passage.run()
        finally:
            self._passages.pop(passage, None)


class _Passage:
    """One connection, with its two directions."""

    def __init__(
        self, proxy: Proxy, near: tuple[StreamReader, StreamWriter], far: tuple[StreamReader, StreamWriter]
    ) -> None:
        self._proxy, self._near, self._far = proxy, near, far
        self._orphaned = False

    async def run(self) -> None:
        """Until either end has ended it; of an orphan, the near one."""
        (near_in, near_out), (far_in, far_out) = self._near, self._far
        there, back = (
            asyncio.create_task(_Lane(self._proxy, *ends).run(), name="passage")
            for ends in ((near_in, far_out), (far_in, near_out))
        )
        try:
            await _until_one_ends(there, back)
            if self._orphaned:
                await _swallow(near_in)
        finally:
            _end(near_out)
            _end(far_out)

    def reset(self) -> None:
        _end(self._near[1])
        _end(self._far[1])

    def orphan(self) -> None:
        self._orphaned = True
        _end(self._far[1])


class _Lane:
    """One direction of one connection."""

    def __init__(self, proxy: Proxy, reader: StreamReader, writer: StreamWriter) -> None:
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._under_way: Queue[tuple[float, bytes]] = Queue(_UNDER_WAY)
        self._packets = Packets()

    async def run(self) -> None:
        """Until an end is gone, or a cut."""
        carrier = asyncio.create_task(self._carry(), name="carrier")
        taker = asyncio.create_task(self._take(), name="taker")
        await _until_one_ends(carrier, taker)

    async def _take(self) -> None:
        with suppress(*_GONE):
            while data := await self._reader.read(_PIECE):
                weather = self._proxy.weather
                if self._cuts(data, weather):
                    self._proxy.cuts += 1
                    return
                await self._under_way.put((self._due(weather), data))
            await self._under_way.put((self._due(self._proxy.weather), b""))
            await asyncio.Event().wait()  # the carrier ends it, when all has been carried

    def _cuts(self, data: bytes, weather: Weather) -> bool:
        """The acknowledgement does not pass, nor anything that came with it."""
        if not self._proxy.mqtt:
            return False
        types = self._packets.feed(data)
        return weather.cut and PUBACK in types

    def _due(self, weather: Weather) -> float:
        return _clock() + weather.latency + weather.jitter * self._proxy.dice.random()

    async def _carry(self) -> None:
        with suppress(*_GONE):
            while True:
                due, data = await self._under_way.get()
                if not data:
                    return
                await asyncio.sleep(max(0.0, due - _clock()))
                await self._write(data)

    async def _write(self, data: bytes) -> None:
        weather = self._proxy.weather
        sliced = _SLICED if weather.sliced else 0
        for at in range(min(sliced, len(data))):
            self._writer.write(data[at : at + 1])
            await asyncio.sleep(0)
        self._writer.write(data[sliced:])
        await self._writer.drain()
        if weather.bandwidth:
            await asyncio.sleep(len(data) / weather.bandwidth)


async def _until_one_ends(*tasks: asyncio.Task[None]) -> None:
    """And the others with it."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _swallow(reader: StreamReader) -> None:
    with suppress(*_GONE):
        while await reader.read(_PIECE):
            pass


def _end(writer: StreamWriter) -> None:
    """With RST, so that nobody takes it for a polite end."""
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _clock() -> float:
    return asyncio.get_running_loop().time()
