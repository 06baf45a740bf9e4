"""A real Mosquitto with the plugin, on free ports, and a directory that the test edits itself.

`with TestBroker(tmp_path) as broker: broker.apply(set_contact(...)); broker.client("alice:laptop").publish(...)`
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from broker import config, tls
from broker.launcher import find_program
from tests.support.raw_mqtt import V5, RawClient
from xasup.protocol.access import RATE
from xasup.protocol.directory import DeviceRecord, Edit, Flag, UserRecord, set_device, set_user
from xasup.protocol.ids import ClientId, UserId
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import PLUGIN, Settings
from xasup.wire.directory import DirectoryWriter

_PLAIN = Flag(0)
FOREVER = 30 * 24 * 3600  # seconds


def token(client: str) -> str:
    """Everybody's token is derived from their client id."""
    return f"token of {client}"


def device(client: str, expires: int = 0) -> Edit:
    """Links the device with its derived token."""
    return set_device(ClientId.parse(client), DeviceRecord(hashlib.sha256(token(client).encode()).digest(), expires))


def person(client: str, flags: Flag = _PLAIN, rate: int = 0, burst: int = 0) -> list[Edit]:
    """A user and this device of theirs."""
    return [set_user(UserId(client.partition(":")[0]), UserRecord(flags, rate, burst)), device(client)]


def build_plugin(target: str = "all", folder: Path | None = None) -> Path:
    """The plugin, up to date; one test process builds at a time. PLUGIN_BUILD names another folder for it."""
    folder = folder or (Path(os.environ["PLUGIN_BUILD"]) if "PLUGIN_BUILD" in os.environ else None)
    if shutil.which("make") is None or shutil.which("cc") is None:
        _missing("gcc make mosquitto-dev libmosquitto-dev liblmdb-dev libssl-dev")
    with (PLUGIN.parent / "Makefile").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        argv = ["make", "-s", "-C", str(PLUGIN.parent), target, *([f"BUILD={folder}"] if folder else [])]
        subprocess.run(argv, check=True)
    return (folder or PLUGIN.parent) / {"all": "xasup_acl.so", "asan": "xasup_acl_asan.so"}[target]


class TestBroker:
    """Founds an empty directory. *user*: whom it runs as; *environment*: more of it for the process; *mirrored*: lets
    people in once the bridge has subscribed; *guesses*: as many wrong tokens as a test likes; *rate*: of who has no
    other, 0: none; *more*: lines of the configuration after those of the plugin."""

    __test__ = False

    def __init__(
        self,
        folder: Path,
        *,
        plugin: Path | None = None,
        user: str = "root",
        host: str = "127.0.0.1",
        with_tls: bool = False,
        environment: dict[str, str] | None = None,
        mirrored: bool = False,
        guesses: bool = True,
        rate: int = RATE,
        more: str = "",
    ) -> None:
        if _program() is None:
            _missing("mosquitto")
        port, ws_port, mqtts_port, wss_port = free_ports(4)
        self.settings = Settings(
            data=folder,
            host=host,
            mqtt_port=port,
            ws_port=ws_port,
            mqtts_port=mqtts_port,
            wss_port=wss_port,
            tls=with_tls,
            plugin=plugin or build_plugin(),
            rate=rate,
        )
        self.port, self.folder, self.directory = port, folder, folder / "directory"
        self.log = folder / "mosquitto.log"
        self._loopback = host if host.startswith("127.") else "127.0.0.1"
        self._user, self._environment, self._mirrored = user, environment or {}, mirrored
        self._more = ("plugin_opt_guesses unlimited\n" if guesses else "") + more
        self.respelled = ("", "")  # something in its configuration, and what stands there instead
        self._position = 0
        self._stack = ExitStack()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> TestBroker:
        with ExitStack() as stack:
            self.open_writer()
            stack.callback(self.close_writer)
            self.rebuild([])
            self.start()
            stack.callback(self.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def open_writer(self) -> None:
        """Write the directory in this process."""
        self.writer = DirectoryWriter(self.directory).__enter__()

    def close_writer(self) -> None:
        """Let another process write it."""
        self.writer.__exit__(None, None, None)

    def start(self, plugin: Path | None = None) -> None:
        """Start it (again), and wait until it listens."""
        self.settings.mosquitto.mkdir(exist_ok=True)
        path = self.settings.mosquitto / "mosquitto.conf"
        settings = self.settings.model_copy(update={"plugin": plugin} if plugin else {})
        certificate = tls.ensure(self.folder / "tls", settings.host, datetime.now(UTC)) if settings.tls else None
        text = config.text(settings, user=self._user, certificate=certificate, mirrored=self._mirrored)
        text = text.replace("plugin_opt_directory", self._more + "plugin_opt_directory")
        path.write_text(text.replace(*self.respelled) if self.respelled[0] else text)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [_program() or "", "-c", str(path)],
                stdout=output,
                stderr=output,
                env={**os.environ, **self._environment},
            )
        self._await_listeners(self.process)

    def _await_listeners(self, process: subprocess.Popen[bytes]) -> None:
        plain, secure = (self.port, self.settings.ws_port), (self.settings.mqtts_port, self.settings.wss_port)
        waited_for = [*plain, *(secure if self.settings.tls else ())]
        for _ in range(2000):
            if process.poll() is not None:
                break
            try:
                socket.create_connection((self._loopback, waited_for[0]), timeout=5).close()
            except ConnectionRefusedError:
                time.sleep(0.005)  # no event tells of a socket of another process
            else:
                waited_for.pop(0)
            if not waited_for:
                return
        raise AssertionError(f"mosquitto did not start: {self.log.read_text()[-2000:]}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()  # a failure, which leaves nothing behind
            raise

    def apply(self, *edits: Edit | Iterable[Edit]) -> None:
        """In force when it returns."""
        flat = [each for edit in edits for each in ([edit] if isinstance(edit, Edit) else edit)]
        self._position += 1
        self.writer.apply(flat, f"{self._position}-0")

    def rebuild(self, edits: Sequence[Edit]) -> None:
        """A new generation of just these edits."""
        self._position += 1
        with self.writer.rebuilding() as building:
            building.write(edits)
            building.finish(f"{self._position}-0")

    def client(self, client: str, *, secret: str | bytes | None = None, version: int = V5, **more: Any) -> RawClient:
        """A connection of this device, with its derived token unless *secret* is another. It must be let in."""
        raw = self.attempt(client, secret=secret, version=version, **more)
        assert raw.code == 0, f"{client} was not let in: {raw.code:#x}; {self.log.read_text()[-2000:]}"
        return raw

    def await_client(self, client: str) -> RawClient:
        """The same, as soon as it is let in."""
        deadline = time.monotonic() + 5
        while (raw := self.attempt(client)).code != 0:
            assert time.monotonic() < deadline, f"{client} is not let in: {self.complaints()}"
        return raw

    def attempt(
        self, client: str, *, username: str | None = None, secret: str | bytes | None = None, **more: Any
    ) -> RawClient:
        """The same, whatever the broker says to it."""
        name = username if username is not None else client.partition(":")[0]
        return self.open(client, name, token(client) if secret is None else secret, **more)

    def open(self, client: str, username: str | None, password: str | bytes | None, **more: Any) -> RawClient:
        """The same, with nothing added."""
        raw = RawClient(self.port, client, username, password, **more)
        self._stack.callback(raw.vanish)
        return raw

    def complaints(self) -> list[str]:
        """What the plugin has written to the log."""
        return [line for line in self.log.read_text().splitlines() if "xasup_acl" in line]


def _program() -> str | None:
    """Another Mosquitto than the installed one can be named, to try the tests with it."""
    return os.environ.get("MOSQUITTO") or find_program()


def _missing(packages: str) -> None:
    reason = f"apt-get install {packages}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
