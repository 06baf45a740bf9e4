"""A real redis-server for tests: on a Unix socket in a folder of its own, every write on disk first."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from xasup.runtime import redis_server

_START_WITHIN = 10.0  # seconds


class RedisServer:
    """One server that can be stopped, killed, frozen and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self._recipe = redis_server.recipe(self.socket, folder / "redis.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        # setpriv: the server dies with us, even when we are killed.
        argv = ["setpriv", "--pdeathsig", "KILL", *self._recipe.argv]
        with self._recipe.log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        until = time.monotonic() + _START_WITHIN
        while not self._answers():
            assert self._process.poll() is None, self._recipe.log.read_text()
            assert time.monotonic() < until, f"redis-server does not answer: {self._recipe.log.read_text()}"
            time.sleep(0.01)  # no event announces the socket of another process

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End it and wait for the end; nothing where it does not run."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> str:
        """The first line of the reply, for a command or two of a test."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(self.socket))
            link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w.encode()) for w in words))
            return link.makefile("rb").readline().decode().strip()

    def _answers(self) -> bool:
        try:
            return self.command("PING") == "+PONG"
        except OSError:
            return False


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """A server in a temporary folder, stopped and removed at the end."""
    if shutil.which("redis-server") is None:
        missing = "no redis-server; install it with `apt-get install redis-server`"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with tempfile.TemporaryDirectory(prefix="xasup-redis-") as folder:  # pytest's own are too deep for a socket path
        server = RedisServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()
