"""Mosquitto for a bench: with our plugin or bare, from the same configuration file. Refuses to know: its traffic."""

from __future__ import annotations

import os
import pwd
import re
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from broker import config
from tests.support.ports import free_port
from xasup import __version__
from xasup.protocol.errors import Unavailable
from xasup.runtime.settings import Settings

OURS, BARE = "ours", "bare"


@dataclass(frozen=True)
class Broker:
    port: int
    pid: int
    socket: Path


def settings_of(folder: Path, name: str) -> Settings:
    """Of a broker of its own in *folder*. Nobody has a rate: it is filled as fast as it goes."""
    return Settings(data=folder / name, mqtt_port=free_port(), ws_port=free_port(), rate=0)


@contextmanager
def serve(folder: Path, name: str) -> Iterator[Broker]:
    """OURS: with the plugin on its directory in *folder*; BARE: without. Raises Unavailable when it does not start."""
    settings = settings_of(folder, name)
    if name == OURS and not settings.plugin.is_file():
        raise Unavailable(f"the broker's plugin {settings.plugin} is missing; `make setup` builds it")
    text = config.text(settings, user=pwd.getpwuid(os.geteuid()).pw_name)
    settings.mosquitto.mkdir(parents=True, exist_ok=True)
    path, log = settings.mosquitto / "mosquitto.conf", settings.mosquitto / "log"
    path.write_text(text if name == OURS else less_the_plugin(text))
    allow_many_files()
    with log.open("wb") as output:
        argv = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            program(),
            "-c",
            str(path),
        ]  # it dies with us, even when we are killed
        process = subprocess.Popen(argv, stdout=output, stderr=output)
    try:
        _await_answer(process, settings.mqtt_port, log)
        yield Broker(settings.mqtt_port, process.pid, settings.mosquitto / "mosquitto.sock")
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def two_brokers(folder: Path) -> Iterator[tuple[Broker, Broker]]:
    """Ours and the bare one."""
    with ExitStack() as stack:
        yield stack.enter_context(serve(folder, OURS)), stack.enter_context(serve(folder, BARE))


def less_the_plugin(text: str) -> str:
    """The same configuration, where nobody decides who may do what."""
    return re.sub(r"(?m)^plugin.*\n", "", text).replace("allow_anonymous false", "allow_anonymous true")


def memory(pid: int) -> dict[str, int]:
    """Bytes of a process: `anonymous`, what it allocated; `file`, the pages of files mapped into it."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {name: int(kib) * 1024 for name, kib in re.findall(r"(?m)^(\w+):\s+(\d+) kB", text)}
    return {"anonymous": sizes["Anonymous"], "file": sizes["Rss"] - sizes["Anonymous"]}


def versions() -> dict[str, str]:
    """Of what was measured."""
    said = subprocess.run([program(), "-h"], capture_output=True, text=True).stdout
    found = re.search(r"version (\S+)", said)
    return {"mosquitto": found[1] if found else "?", "xasup": __version__}


def program() -> str:
    """Debian installs it where only root's PATH looks. Raises Unavailable."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin")
    if found is None:
        raise Unavailable("mosquitto is missing: apt-get install mosquitto")
    return found


def allow_many_files() -> None:
    """Each connection is a file on either side, and a shell's usual limit is 1,024; children inherit ours."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise Unavailable(f"mosquitto did not start: {log.read_text().strip()[-500:]}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Unavailable(f"mosquitto does not answer on port {port} within 10 s: {log.read_text().strip()[-500:]}")
