"""A network of its own for some processes, where the machine allows one."""

from __future__ import annotations

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, create_subprocess_exec

import pytest

from xasup.chaos.link import Link, link
from xasup.protocol.errors import Unavailable
from xasup.runtime.ports import free_ports

VISIT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1)"


async def reached(joined: Link, port: int) -> bool:
    argv = [*joined.prefix, sys.executable, "-c", VISIT, joined.host, str(port)]
    return await (await create_subprocess_exec(*argv, stdin=DEVNULL, stderr=DEVNULL)).wait() == 0


async def test_a_process_there_reaches_us_while_the_link_is_up() -> None:
    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    try:
        async with link() as joined:
            (port,) = free_ports(1)
            async with await asyncio.start_server(answer, joined.host, port):
                assert await reached(joined, port)
                async with joined.down():
                    assert not await reached(joined, port)
                assert await reached(joined, port)
            name = joined.device
    except Unavailable as error:
        pytest.skip(str(error))
    listed = await create_subprocess_exec("ip", "link", "show", name, stdout=DEVNULL, stderr=DEVNULL)
    assert await listed.wait() != 0, "it is gone"
