"""What a killed Kafka has left in ZooKeeper, removed by us; against a real ZooKeeper and its Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio import StreamReader, StreamWriter
from pathlib import Path

import pytest

from tests.support.kafka import jars
from xasup.protocol.errors import Unavailable
from xasup.runtime import kafka_server, maven, zookeeper_nodes
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child

BROKER = "/brokers/ids/0"


@pytest.mark.xdist_group("kafka")
async def test_a_killed_kafka_serves_again_with_the_first_start(tmp_path: Path) -> None:
    await asyncio.to_thread(jars, maven.VERSION)
    kafka_port, zookeeper_port = free_ports(2)
    settings = Settings(data=tmp_path / "data", kafka_port=kafka_port, zookeeper_port=zookeeper_port)
    async with kafka_server.kafka(settings) as children:
        kafka = children["kafka"]
        os.kill(kafka.pid or 0, signal.SIGSTOP)  # not dead: so its node is still there
        assert await zookeeper_nodes.remove(zookeeper_port, [BROKER, "/no/such/node"]) == [BROKER]
        assert await zookeeper_nodes.remove(zookeeper_port, [BROKER]) == []
        await restarted(kafka)
        assert kafka.restarts == 1


async def restarted(child: Child) -> None:
    child.serving.clear()
    os.kill(child.pid or 0, signal.SIGKILL)
    async with asyncio.timeout(60):
        await child.serving.wait()


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
                await zookeeper_nodes.remove(server.sockets[0].getsockname()[1], [BROKER])
    with pytest.raises(Unavailable, match="does not answer"):
        await zookeeper_nodes.remove(free_ports(1)[0], [BROKER])
