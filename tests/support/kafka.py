"""Real Kafkas for tests: 3.9 with ZooKeeper, and 4 with KRaft; to be killed, frozen and started at will."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.kafka_reach import reach
from tests.support.process import Process
from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.runtime import kafka_server, kraft_server, maven
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Recipe
from xasup.wire.log.kafka_admin import client
from xasup.wire.log.kafka_settings import read
from xasup.wire.log.kafka_topics import prepare

_START_WITHIN = 60.0  # seconds
_FEW = {Stream.MESSAGES: 3, Stream.RECEIPTS: 2, Stream.CONTACTS: 1, Stream.DEAD_LETTERS: 1}  # partitions
_prefixes = count(1)


class KafkaServer:
    """*url*: with the file of its password; *zookeeper*: what it cannot be without, running, on *zookeeper_port*; None
    for KRaft."""

    def __init__(
        self, recipe: Recipe, port: int, url: str, zookeeper: Process | None = None, zookeeper_port: int = 0
    ) -> None:
        self._recipe, self.port, self.zookeeper, self.zookeeper_port = recipe, port, zookeeper, zookeeper_port
        self.url = url
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """With which a backend keeps its log here."""
        more = dict(parse_qsl(urlsplit(self.url).query))
        user, file = more.pop("sasl.username"), more.pop("password_file")
        return {
            "log": "kafka",
            "kafka": f"{self.servers}?{urlencode(more)}",
            "kafka_user": user,
            "kafka_password_file": Path(file),
        }

    @property
    def password_file(self) -> Path:
        found: Path = self.settings["kafka_password_file"]
        return found

    @property
    def zookeeper_password(self) -> Path:
        return self.password_file.with_name("zookeeper")

    @property
    def kcat(self) -> Path:
        """What the backend has written for it."""
        return self.password_file.parents[1] / "kafka" / "kcat.conf"

    @property
    def client(self) -> dict[str, Any]:
        """What librdkafka needs in order to come in, and no more."""
        return reach(self.url)

    def prefix(self, topics: bool = True) -> str:
        """For topics and consumers that no other test sees. *topics*: made, with few partitions, since one broker has
        those of all tests."""
        prefix = f"t{next(_prefixes)}."
        if topics:
            with ThreadPoolExecutor(1) as aside:  # there may be an event loop in this thread
                aside.submit(asyncio.run, _make_topics(self.url, prefix)).result()
        return prefix

    def start(self) -> None:
        """Until it answers, prepared as its supervisor would: after a kill ZooKeeper would refuse it for some seconds.

        Belongs into the main thread, as revive() does: for the kernel, the thread that made a process is its parent.
        """
        until = time.monotonic() + _START_WITHIN
        with ThreadPoolExecutor(1) as aside:  # there may be an event loop in this thread
            aside.submit(asyncio.run, self._prepare()).result()
            while not aside.submit(asyncio.run, _serves(self._recipe, self._spawn())).result():
                self._check(until)
                aside.submit(asyncio.run, self._prepare()).result()

    async def revive(self) -> None:
        """The same, while other tasks go on."""
        until = time.monotonic() + _START_WITHIN
        await self._prepare()
        while not await _serves(self._recipe, self._spawn()):
            self._check(until)
            await self._prepare()

    async def _prepare(self) -> None:
        if self._recipe.before is not None:
            await self._recipe.before()

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it and wait for the end; nothing where it does not run."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(30)
            self._process = None

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def heal(self) -> None:
        """It runs, whatever was done to it."""
        if self.zookeeper is not None:
            self.zookeeper.heal()
        if self._process is None or self._process.poll() is not None:
            self.start()
        self.thaw()

    def _check(self, until: float) -> None:
        assert time.monotonic() < until, f"kafka does not start: {self._recipe.log.read_text()[-3000:]}"

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._recipe.log.parent.mkdir(parents=True, exist_ok=True)
        # setpriv: it dies with us, even when we are killed.
        argv = ["setpriv", "--pdeathsig", "KILL", *self._recipe.argv]
        with self._recipe.log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        return self._process


async def _make_topics(url: str, prefix: str) -> None:
    admin = client(read(url))
    async with asyncio.timeout(_START_WITHIN):
        while True:
            try:
                await prepare(admin, prefix, 1, _FEW)
            except Unavailable:
                await asyncio.sleep(0.1)
            else:
                return


async def _serves(recipe: Recipe, process: subprocess.Popen[bytes]) -> bool:
    assert recipe.probe is not None
    probe = asyncio.ensure_future(recipe.probe())
    async with asyncio.timeout(_START_WITHIN):
        while not probe.done() and process.poll() is None:
            await asyncio.wait([probe], timeout=0.05)  # no event tells of the end of the process
    probe.cancel()
    return process.poll() is None


def jars(version: str) -> Path:
    """Fetched ahead of the tests, by `make test`."""
    if shutil.which("java") is None:
        _missing("no java; install it with `./setup.sh kafka`")
    try:
        return asyncio.run(maven.jars(version))
    except Unavailable as error:
        _missing(str(error))


@contextmanager
def running_kafka() -> Iterator[KafkaServer]:
    """With its ZooKeeper, in a temporary folder, stopped and removed at the end."""
    where = jars(maven.VERSION)
    with tempfile.TemporaryDirectory(prefix="xasup-kafka-") as folder:
        port, zookeeper_port = free_ports(2)
        settings = Settings(data=Path(folder), kafka_port=port, zookeeper_port=zookeeper_port)
        zookeeper = Process(kafka_server.zookeeper(settings, where))
        recipe = kafka_server.recipe(settings, where)
        server = KafkaServer(recipe, port, settings.own_kafka_url, zookeeper, zookeeper_port)
        try:
            zookeeper.start()
            server.start()
            yield server
        finally:
            server.stop(signal.SIGKILL)
            zookeeper.stop(signal.SIGKILL)


@contextmanager
def running_kraft() -> Iterator[KafkaServer]:
    """A Kafka 4."""
    where = jars(maven.KRAFT_VERSION)
    with tempfile.TemporaryDirectory(prefix="xasup-kraft-") as folder:
        port, controller_port = free_ports(2)
        recipe = kraft_server.recipe(Path(folder), port, controller_port, where, Path(folder) / "logs")
        subprocess.run(kraft_server.format_argv(Path(folder), where), check=True, capture_output=True)
        server = KafkaServer(recipe, port, kraft_server.url(Path(folder), port))
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGKILL)


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
