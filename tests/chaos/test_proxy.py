"""The fault proxy, before a server that answers with what it hears."""

from __future__ import annotations

import asyncio
import random
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from xasup.chaos.proxy import Proxy, Weather
from xasup.runtime.ports import free_ports

HOST = "127.0.0.1"
PUBLISH, PUBACK = b"\x32\x05\x00\x01t\x00\x01", b"\x40\x02\x00\x01"


@dataclass
class Echo:
    """*ended*: a connection has, as the server sees it."""

    proxy: Proxy
    port: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while data := await reader.read(1024):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()
            self.ended.set()

    async def come(self) -> tuple[StreamReader, StreamWriter]:
        return await asyncio.open_connection(HOST, self.port)


@asynccontextmanager
async def echoing() -> AsyncIterator[Echo]:
    there, here = free_ports(2)
    echo = Echo(Proxy(lambda: asyncio.open_connection(HOST, there), random.Random(1)), here)
    async with await asyncio.start_server(echo.answer, HOST, there), echo.proxy.listening(HOST, here):
        yield echo


async def told(reader: StreamReader, writer: StreamWriter, data: bytes) -> bytes:
    writer.write(data)
    return await reader.readexactly(len(data))


@pytest.mark.parametrize(
    "weather", [Weather(), Weather(latency=0.05), Weather(jitter=0.05), Weather(sliced=True), Weather(bandwidth=10_000)]
)
async def test_whatever_the_weather_everything_arrives_in_order(weather: Weather) -> None:
    data = bytes(range(256)) * 4
    async with echoing() as echo:
        echo.proxy.weather = weather
        reader, writer = await echo.come()
        assert await told(reader, writer, PUBLISH + data) == PUBLISH + data
        writer.close()


async def test_latency_and_bandwidth_take_their_time() -> None:
    clock = asyncio.get_running_loop().time
    async with echoing() as echo:
        reader, writer = await echo.come()
        for weather, least in ((Weather(latency=0.1), 0.2), (Weather(bandwidth=1000), 0.1)):
            echo.proxy.weather = weather
            await told(reader, writer, bytes(100))
            echo.proxy.weather, begun = weather, clock()
            await told(reader, writer, bytes(100))
            assert clock() - begun >= least - 0.02
        writer.close()


async def test_a_reset_ends_both_ends_and_the_next_connection_passes() -> None:
    async with echoing() as echo:
        reader, writer = await echo.come()
        await told(reader, writer, b"hello")
        echo.proxy.reset()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        await echo.ended.wait()
        reader, writer = await echo.come()
        assert await told(reader, writer, b"again") == b"again"
        writer.close()


async def test_a_reset_of_one_leaves_the_other_as_it_is() -> None:
    async with echoing() as echo:
        echo.proxy.reset_one()  # nobody is there
        lines = [await echo.come() for _ in range(2)]
        for reader, writer in lines:
            await told(reader, writer, b"hello")
        echo.proxy.reset_one()
        ends = 0
        for reader, writer in lines:
            try:
                assert await told(reader, writer, b"again") == b"again"
            except (ConnectionResetError, asyncio.IncompleteReadError):
                ends += 1
            writer.close()
        assert ends == 1


async def test_of_a_half_open_connection_only_the_far_end_hears() -> None:
    async with echoing() as echo:
        reader, writer = await echo.come()
        await told(reader, writer, b"hello")
        echo.proxy.orphan()
        await echo.ended.wait()
        writer.write(b"nobody hears this")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.readexactly(1)
        writer.close()


async def test_a_cut_lets_the_publish_pass_and_not_its_puback() -> None:
    async with echoing() as echo:
        reader, writer = await echo.come()
        assert await told(reader, writer, PUBLISH) == PUBLISH
        echo.proxy.weather = Weather(cut=True)
        assert await told(reader, writer, PUBLISH) == PUBLISH
        writer.write(PUBACK)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        assert echo.proxy.cuts == 1
