"""What a killed Kafka has left in ZooKeeper, removed by us; who may come to a ZooKeeper of ours, and who may not.

Against a real one and its Kafka.
"""

from __future__ import annotations

import asyncio
import os
import signal
import struct
from asyncio import StreamReader, StreamWriter
from pathlib import Path

import pytest

from tests.support.kafka import KafkaServer, jars
from xasup.protocol.errors import Unavailable
from xasup.runtime import kafka_server, maven, zookeeper_link, zookeeper_nodes
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import KAFKA_USER, Settings
from xasup.runtime.supervise import Child
from xasup.runtime.zookeeper_link import OK, Link, buffer, session

BROKER = "/brokers/ids/0"
AUTH, EXISTS, CHILDREN = 100, 3, 8  # kinds of requests
REFUSED = (-124, -115)  # the session has to show a password; what it has shown is wrong


@pytest.mark.xdist_group("kafka")
async def test_a_killed_kafka_serves_again_with_the_first_start(tmp_path: Path) -> None:
    await asyncio.to_thread(jars, maven.VERSION)
    kafka_port, zookeeper_port = free_ports(2)
    settings = Settings(data=tmp_path / "data", kafka_port=kafka_port, zookeeper_port=zookeeper_port)
    async with kafka_server.kafka(settings) as children:
        kafka = children["kafka"]
        os.kill(kafka.pid or 0, signal.SIGSTOP)  # not dead: so its node is still there
        async with session(zookeeper_port, KAFKA_USER, settings.zookeeper_password.read_text()) as link:
            assert [await zookeeper_nodes.remove(link, path) for path in (BROKER, "/no/such/node")] == [True, False]
            assert not await zookeeper_nodes.remove(link, BROKER)
        await restarted(kafka)
        assert kafka.restarts == 1


async def restarted(child: Child) -> None:
    child.serving.clear()
    os.kill(child.pid or 0, signal.SIGKILL)
    async with asyncio.timeout(60):
        await child.serving.wait()


async def asked(port: int, kind: int, request: bytes, claim: bytes = b"") -> int:
    """The error of a question without the password; *claim*: what is said of oneself before, by a scheme that takes
    everybody's word. A closed connection counts as refused."""
    link = Link(*await asyncio.open_connection("127.0.0.1", port))
    try:
        async with asyncio.timeout(10):
            await link.exchange(zookeeper_link._CONNECT)
            if claim:
                await link.ask(AUTH, struct.pack(">i", 0) + buffer(b"digest") + buffer(claim))
            code, _ = await link.ask(kind, request)
            return code
    except (EOFError, ConnectionError):
        return REFUSED[0]
    finally:
        link.close()


@pytest.mark.xdist_group("kafka")
async def test_without_the_password_nothing_is_read_or_written(kafka: KafkaServer) -> None:
    port, root = kafka.zookeeper_port, buffer(b"/") + b"\0"
    mine = buffer(b"/mine") + buffer(b"") + struct.pack(">ii", 1, 31) + buffer(b"world") + buffer(b"anyone") + bytes(4)
    for claim in (b"", f"{KAFKA_USER}:guess".encode()):
        assert await asked(port, CHILDREN, root, claim) in REFUSED
        assert await asked(port, 1, mine, claim) in REFUSED
        assert await asked(port, 2, buffer(BROKER.encode()) + struct.pack(">i", -1), claim) in REFUSED
    with pytest.raises(Unavailable, match="refuses the password|does not answer"):
        async with session(port, KAFKA_USER, "wrong"):
            pass
    async with session(port, KAFKA_USER, kafka.zookeeper_password.read_text()) as link:  # the control
        assert (await link.ask(CHILDREN, root))[0] == OK
        assert (await link.ask(EXISTS, buffer(BROKER.encode()) + b"\0"))[0] == OK, "nobody has removed it"
        assert (await link.ask(EXISTS, buffer(b"/mine") + b"\0"))[0] != OK
        assert (await link.ask(1, mine))[0] == OK
        assert await zookeeper_nodes.remove(link, "/mine")


async def test_who_only_pretends_to_be_a_zookeeper_is_told_nothing() -> None:
    """Somebody who has taken the port of one that is down."""
    heard: list[bytes] = []

    async def pretend(reader: StreamReader, writer: StreamWriter) -> None:
        said = (b"", b'realm="zk-sasl-md5",nonce="abc",qop="auth",algorithm=md5-sess', b"rspauth=" + b"0" * 32)
        for number, text in enumerate(said):
            (length,) = struct.unpack(">i", await reader.readexactly(4))
            heard.append(await reader.readexactly(length))
            writer.write(buffer(bytes(37) if number == 0 else bytes(16) + buffer(text)))
        heard.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(pretend, "127.0.0.1", 0) as server:
        with pytest.raises(Unavailable, match="it is not our ZooKeeper"):
            async with session(server.sockets[0].getsockname()[1], KAFKA_USER, "the-password"):
                pytest.fail("it was believed")
    assert len(heard) >= 3 and b"response=" in heard[2], "else it has learnt nothing since nothing was said"
    assert not any(b"the-password" in frame for frame in heard)


async def test_who_is_no_zookeeper_is_said_to_be_none() -> None:
    async def speak_http(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    for behaviour in (speak_http, hang_up):
        async with await asyncio.start_server(behaviour, "127.0.0.1", 0) as server:
            with pytest.raises(Unavailable, match="does not answer"):
                async with session(server.sockets[0].getsockname()[1], KAFKA_USER, "x"):
                    pass
    with pytest.raises(Unavailable, match="does not answer"):
        async with session(free_ports(1)[0], KAFKA_USER, "x"):
            pass
