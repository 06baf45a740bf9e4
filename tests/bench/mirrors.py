"""A broker, a bridge and a log for a bench, ours or the plain one, and senders who feed them.

Both sides have a broker of their own and share the log's server, in which each has its own streams. Refuses to know:
what is measured.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from bridge.presence import STANDBY, VOICE
from tests.bench import plain_bridge
from tests.bench.brokers import OURS, Broker, serve, settings_of
from tests.bench.firehose import TOKEN, Firehose, recipient, sender
from tests.bench.generator import Generator
from tests.bench.rounds import Sample
from tests.support.kafka import running_kafka
from tests.support.process import Process
from tests.support.redis import RedisServer, running_redis
from xasup import stack
from xasup.protocol.directory import (
    DeviceRecord,
    Edit,
    Flag,
    UserRecord,
    set_contact,
    set_device,
    set_user,
)
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, UserId
from xasup.protocol.streams import Stream
from xasup.runtime.settings import Settings
from xasup.wire.directory import DirectoryWriter

PEER = "peer"
LOGS = ("redis", "kafka")
LOOK = 0.01  # seconds between two looks at what the log holds
PATIENCE = 120.0  # seconds for the last record
MEMORY = 8 << 30  # bytes: that the log is full is not what is measured
_ROOT = Path(__file__).parents[2]
_RECORD = DeviceRecord(hashlib.sha256(TOKEN.encode()).digest())


@dataclass(frozen=True)
class LogServer:
    """*count*: records of a stream; *reached*: settings with which a bridge comes there; *forget* makes room, where
    that is needed."""

    kind: str
    redis: RedisServer
    where: str
    count: Callable[[str], int]
    reached: Mapping[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        return {"redis": self.redis.url, "log": self.kind, "log_memory": MEMORY, **self.reached}

    def forget(self, stream: str) -> None:
        if self.kind == "redis":
            self.redis.command("XTRIM", stream, "MAXLEN", "0")


@contextmanager
def log_server(kind: str) -> Iterator[LogServer]:
    """Redis is there in any case: it has the truth."""
    with running_redis() as redis:
        if kind == "redis":
            yield LogServer(kind, redis, str(redis.socket), lambda stream: _length(redis, stream))
            return
        with running_kafka() as kafka:
            consumer = Consumer({**kafka.client, "group.id": "bench"})
            try:
                yield LogServer(kind, redis, kafka.url, lambda stream: _offsets(consumer, stream), kafka.settings)
            finally:
                consumer.close()


@dataclass(frozen=True)
class Mirrored:
    """One side. *stream*: where its messages go."""

    broker: Broker
    pid: int
    stream: str
    log: LogServer
    hose: Firehose

    def pour(self, count: int, rate: float = 0) -> Sample:
        """So many messages, until the log has them all. *rate*: a second; 0: as fast as it goes. `heard`: messages a
        second until the last sender has heard that its own is done."""
        self.log.forget(self.stream)
        before = self.log.count(self.stream)
        watched = {"bridge": self.pid, "broker": self.broker.pid}
        spent = {name: _cpu(pid) for name, pid in watched.items()}
        said = self.hose.pour(count, rate)
        deadline = time.monotonic() + PATIENCE
        while (found := self.log.count(self.stream) - before) < count:
            if time.monotonic() > deadline:
                raise Unavailable(f"the figure is worth nothing: {count - found} messages are not in the log")
            time.sleep(LOOK)
        seconds = time.monotonic() - said["started"]
        time.sleep(0.2)  # for the last acknowledgements and events
        us = {f"{name}_us": (_cpu(pid) - spent[name]) / count for name, pid in watched.items()}
        if self.log.count(self.stream) - before != count:
            raise Unavailable("the figure is worth nothing: the log has more than was sent")
        quantiles = {f"p{share}_ms": said[f"p{share}_us"] / 1000 for share in (50, 99)}
        told = {"heard": said["rate"], "per_cpu_second": 1e6 / us["bridge_us"]}
        return {**quantiles, "rate": count / seconds, "seconds": seconds, **told, **us}


@contextmanager
def ours(folder: Path, generator: Generator, log: LogServer, size: int, *, listen: bool = False) -> Iterator[Mirrored]:
    """With *size* senders, who *listen* to what is said to them."""
    with (
        _broker(folder / OURS, size) as broker,
        bridging(folder / OURS, broker, log) as process,
    ):
        hose = Firehose(generator, OURS, broker.port, size, listen)
        yield Mirrored(broker, process.pid, str(Stream.MESSAGES), log, hose)


@contextmanager
def bridging(folder: Path, broker: Broker, log: LogServer) -> Iterator[Process]:
    """Our bridge at *broker*, whose directory has service()."""
    settings = Settings(
        data=folder / "bridge", mqtt_port=broker.port, ws_port=1, mqtt_socket=str(broker.socket), **log.settings()
    )
    settings.secrets.mkdir(parents=True)
    stack.write_secret(settings.secrets / "svc-bridge", TOKEN)
    process = Process(stack.python("bridge", "bridge", settings, stack.environment_of(settings)))
    process.start()
    try:
        yield process
    finally:
        process.stop()


def service() -> list[Edit]:
    """The bridge's account."""
    devices = [set_device(ClientId.parse(f"svc-bridge:local{suffix}"), _RECORD) for suffix in ("", STANDBY, VOICE)]
    return [set_user(UserId("svc-bridge"), UserRecord(Flag.SERVICE)), *devices]


@contextmanager
def plain(folder: Path, generator: Generator, log: LogServer, size: int, *, listen: bool = False) -> Iterator[Mirrored]:
    """The peer."""
    with _broker(folder / PEER, size) as broker:
        command = [sys.executable, "-m", "tests.bench.plain_bridge", str(broker.socket), log.kind, log.where]
        with _child(command) as process:
            hose = Firehose(generator, PEER, broker.port, size, listen)
            yield Mirrored(broker, process.pid, plain_bridge.STREAM, log, hose)


@contextmanager
def _broker(folder: Path, size: int) -> Iterator[Broker]:
    edits = service()
    for number in range(size):
        one, other = sender(number), recipient(number)
        edits += [*_person(one), *_person(other), set_contact(other, one, True)]
    with DirectoryWriter(settings_of(folder, OURS).directory) as writer, writer.rebuilding() as building:
        building.write(edits)
        building.finish("1-0")
    with serve(folder, OURS) as broker:
        yield broker


@contextmanager
def _child(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Once it has said its first line."""
    argv = ["setpriv", "--pdeathsig", "KILL", *command]
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, cwd=_ROOT)
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise Unavailable(f"{command[2]} ended; it says why above")
        yield process
    finally:
        process.kill()
        process.communicate()


def _person(name: UserId) -> list[Edit]:
    return [set_user(name, UserRecord()), set_device(ClientId.parse(f"{name}:d"), _RECORD)]


def _cpu(pid: int) -> float:
    """Microseconds of processor time of a process, all its threads, by the kernel's clock of it."""
    return time.clock_gettime(~pid << 3 | 2) * 1e6


def _length(redis: RedisServer, stream: str) -> int:
    return int(redis.command("XLEN", stream).removeprefix(":"))


def _offsets(consumer: Consumer, topic: str) -> int:
    """Messages that a topic ever had; 0 while there is none."""
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    return sum(consumer.get_watermark_offsets(TopicPartition(topic, number), 10)[1] for number in partitions)
