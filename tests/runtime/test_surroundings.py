"""Folders have one owner, ports name who holds them, Redis is reachable by its owner alone."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from xasup.protocol.errors import Unavailable
from xasup.runtime import ports, redis_server
from xasup.runtime.claim import claim
from xasup.runtime.logfile import last_words
from xasup.runtime.supervise import Child


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from xasup.runtime.claim import claim\n"
        f"with claim(Path({str(tmp_path)!r}), 'xasup'): pass"
    )
    with claim(tmp_path, "xasup"):
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert f"already runs on {tmp_path} (process {os.getpid()})" in second.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot use .*file/data"), claim(tmp_path / "file" / "data", "xasup"):
        pass


def test_a_taken_port_names_its_holder_and_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"port {port} is taken by .*\(process {os.getpid()}\).*--mqtt-port"):
            ports.require_free(port, "--mqtt-port")
    ports.require_free(port, "--mqtt-port")


def test_free_ports_differ() -> None:
    assert len(set(ports.free_ports(5))) == 5


def test_a_free_port_is_none_that_somebody_who_goes_out_may_get() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as out:
        lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        assert out.getsockname()[1] >= lowest > max(ports.free_ports(100))


async def test_redis_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "redis" / "redis.sock"
    before = {port for _, port, _ in ports.listeners()}
    async with Child(redis_server.recipe(path, tmp_path / "redis.log")) as child:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        mine = {inode for _, port, inode in ports.listeners() if port not in before}
        assert not any(f"(process {child.pid})" in ports.holder(inode) for inode in mine)
    assert not path.exists()


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="--data"):
        redis_server.recipe(tmp_path / ("x" * 100) / "redis.sock", tmp_path / "log")


def test_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_words(log) == "no output"
    log.write_bytes(b"one\n\ntwo\nthree\xff\nfour\n\n")
    assert last_words(log) == "two | three\ufffd | four"
