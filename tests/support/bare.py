"""A real Mosquitto without the plugin, that lets everybody in: for what concerns the wire alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port
from xasup.wire.mqtt import Address

_CONF = """\
{more}
listener {port} 127.0.0.1
{listener}
allow_anonymous true
user root
set_tcp_nodelay true
max_inflight_messages {inflight}
max_queued_messages 1000000
persistence true
persistence_location {folder}/
"""


class BareBroker:
    """`async with BareBroker(tmp_path) as broker:`. *listener*: lines for the listener; *more*: before it,
    so that listeners of their own are there when start() returns: Mosquitto opens them in their order."""

    def __init__(self, folder: Path, *, inflight: int = 1000, listener: str = "", more: str = "") -> None:
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin")
        if program is None:
            reason = "no mosquitto; apt-get install mosquitto"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            _CONF.format(port=self.port, folder=folder, inflight=inflight, listener=listener, more=more)
        )
        # setpriv: it dies with us, even when we are killed.
        self._argv = ["setpriv", "--pdeathsig", "KILL", program, "-c", str(self._config)]
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, client: str, **more: Any) -> Address:
        return Address("127.0.0.1", self.port, client, **more)

    async def start(self) -> None:
        """Return when it listens."""
        self._process = subprocess.Popen(self._argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)  # no event tells of a socket of another process
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise AssertionError("mosquitto did not start")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it; its sessions stay on the disk where the signal leaves it the time."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.send_signal(signal.SIGCONT)
        self._process.wait(15)

    def freeze(self) -> None:
        """It is there but does nothing; stop() thaws."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    async def __aenter__(self) -> BareBroker:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
