"""Half-open connections: the broker's end is gone, and nothing tells ours. The fault proxy before a real Mosquitto.

The negative control is the connection that waits for nothing: only its keepalive notices.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.bare import BareBroker
from xasup.chaos.proxy import Proxy, Weather
from xasup.protocol.errors import Unavailable
from xasup.runtime.ports import free_ports
from xasup.wire.mqtt import Address, Subscription, connect
from xasup.wire.mqtt.intake import intake
from xasup.wire.mqtt.silence import ASK, GONE, TICK
from xasup.wire.mqtt.wire import Wire

HOST = "127.0.0.1"
SOON = GONE + 4 * TICK  # seconds: with room for a busy machine


@dataclass
class Way:
    """To a broker, through the proxy."""

    proxy: Proxy
    port: int

    def address(self, client: str) -> Address:
        return Address(HOST, self.port, client)


@asynccontextmanager
async def way(folder: Path) -> AsyncIterator[Way]:
    async with BareBroker(folder) as broker:
        proxy = Proxy(lambda: asyncio.open_connection(HOST, broker.port), random.Random(1))
        (port,) = free_ports(1)
        async with proxy.listening(HOST, port):
            yield Way(proxy, port)


async def ended(wire: Wire) -> str:
    """Why."""
    try:
        async for batch in wire.batches():
            wire.ack(batch)
    except Unavailable as error:
        return str(error)
    raise AssertionError


async def talks(wire: Wire) -> str:
    """Each of its messages arrives in the kernel at the other end of the cable, which proves nothing."""
    while wire.alive:
        wire.publish_with("t", b"swallowed", lambda error: None)
        await asyncio.sleep(0.02)  # this is what it does
    return await ended(wire)


async def asks(wire: Wire) -> str:
    """An answer to this will never come."""
    with pytest.raises(Unavailable):
        await wire.subscribe([Subscription("t")])
    return await ended(wire)


async def test_whoever_waits_notices_within_seconds_and_nobody_else(tmp_path: Path) -> None:
    async with AsyncExitStack() as open_, way(tmp_path) as there:
        silent, talking, asking, served, idle = [
            await open_.enter_async_context(connect(there.address(name), keepalive=60)) for name in "abcde"
        ]
        watchful = await open_.enter_async_context(
            intake(there.address("f"), receive_maximum=10, keepalive=60, watchful=True)
        )
        await served.publish("t", b"a question")  # acknowledged; its receipt, or *stored*, will never come
        there.proxy.orphan()
        silent.publish_with("t", b"swallowed", lambda error: None)
        async with asyncio.timeout(SOON):
            ends = await asyncio.gather(
                ended(silent), talks(talking), asks(asking), ended(served), watchful.ended(), return_exceptions=True
            )
        assert all("has not answered" in str(end) for end in ends), ends
        assert idle.alive


async def test_who_waits_for_nothing_notices_soon_after_its_keepalive(tmp_path: Path) -> None:
    async with way(tmp_path) as there, connect(there.address("a"), keepalive=3) as wire:
        there.proxy.orphan()
        async with asyncio.timeout(3 + SOON):
            await ended(wire)


async def test_a_broker_that_answers_late_is_not_given_up(tmp_path: Path) -> None:
    async with way(tmp_path) as there, connect(there.address("a")) as wire:
        there.proxy.weather = Weather(latency=(ASK + TICK) / 2)  # more than ASK, there and back
        for number in range(3):
            await wire.publish("t", b"%d" % number)
        assert wire.alive


async def test_the_kernel_is_told_to_give_up_as_well(tmp_path: Path) -> None:
    async with way(tmp_path) as there, connect(there.address("a")) as wire:
        transport = wire._stream._transport
        assert transport is not None
        plug = transport.get_extra_info("socket")
        assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000


async def test_a_large_message_on_a_slow_way_is_carried_to_its_end() -> None:
    """What leaves, be it ever so slowly, is a sign of life: else such a message would be begun again for ever."""
    taken, enough = 0, asyncio.Event()

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        await reader.readuntil(b"a")  # CONNECT, to the end of the client id
        writer.write(bytes.fromhex("20 03 00 00 00"))
        while piece := await reader.read(1 << 15):
            taken += len(piece)
            if taken > 12 << 15:
                enough.set()
            await asyncio.sleep(0.6)  # this is what it does
        writer.close()

    async with await asyncio.start_server(slowly, HOST, 0, limit=1 << 14) as server:
        listening = server.sockets[0]
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        async with connect(Address(HOST, listening.getsockname()[1], "a")) as wire:
            wire.publish_with("t", bytes(8 << 20), lambda error: None)
            async with asyncio.timeout(30):
                await enough.wait()
            assert wire.alive
