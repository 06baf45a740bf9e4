"""Sums of files that other programs write, and what is done where one of them is broken."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from broker.sessions import FILE, Sessions
from tests.support.redis import RedisServer
from xasup.protocol.errors import Unavailable
from xasup.runtime.redis_server import AppendOnlyFile
from xasup.runtime.seals import Seals
from xasup.runtime.supervise import Child, Recipe


def change(path: Path, at: int = 0, cut: int | None = None) -> None:
    """One bit, or the end; the disk does not say when."""
    found = path.stat()
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data if cut is None else path.read_bytes()[:cut])
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def test_what_was_there_is_sealed_and_what_came_after_is_no_damage(tmp_path: Path) -> None:
    path, seals = tmp_path / "one.log", Seals(tmp_path, "*.log")
    assert seals.broken() == {}
    for text in (b"first", b"and second"):
        with path.open("ab") as file:
            file.write(text)
        seals.renew()
    with path.open("ab") as file:
        file.write(b"not sealed yet")
    assert seals.broken() == {}
    change(path, at=7)
    assert "a part of its first 15 bytes has changed" in seals.broken()[path]
    change(path, at=7)
    assert seals.broken() == {}
    change(path, cut=9)
    assert seals.broken() == {path: "was cut from 15 bytes to 9"}
    seals.renew()
    assert seals.broken() == {}, "whoever wrote it made it shorter"


def test_a_file_written_anew_since_the_last_look_has_no_seal(tmp_path: Path) -> None:
    path, seals = tmp_path / "whole", Seals(tmp_path, whole=("whole",))
    path.write_bytes(b"first")
    seals.renew()
    change(path)
    assert list(seals.broken()) == [path]
    path.write_bytes(b"other")
    os.utime(path, ns=(1, 1))
    assert seals.broken() == {}


def test_seals_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_bytes(b"first")
    for content in (b"", b"{", b"[]", b'{"one.log": 3}', b'{"one.log": [1, 2]}', b'{"gone.log": [1, 2, 3]}'):
        (tmp_path / "seals.json").write_bytes(content)
        assert Seals(tmp_path, "*.log").broken() == {}


def test_sessions_that_the_disk_has_changed_are_set_aside(tmp_path: Path) -> None:
    path, guard = tmp_path / FILE, Sessions(tmp_path)
    path.write_bytes(b"a queue")
    guard.renew()
    guard.check()
    assert path.exists()
    change(path)
    guard.check()
    assert [it.name for it in tmp_path.glob(f"{FILE}*")] == [f"{FILE}.damaged-1"]


def test_a_changed_file_of_redis_is_named_with_what_can_be_done(own_redis: RedisServer) -> None:
    own_redis.command("SET", "who", "alice")
    own_redis.stop()
    guard = AppendOnlyFile(own_redis.socket.parent)
    guard.renew()
    guard.check()
    [path] = own_redis.socket.parent.glob("appendonlydir/*.incr.aof")
    change(path, at=path.read_bytes().index(b"alice"))
    with pytest.raises(Unavailable, match=rf"{path} is not what was written.*restore a backup.*redis-check-aof"):
        guard.check()
    own_redis.start()
    assert own_redis.command("GET", "who") == "$5", "control: Redis itself takes another name for the name"
    own_redis.stop()


async def test_a_child_that_was_away_is_looked_at_before_it_starts_again(tmp_path: Path) -> None:
    class Guard:
        refuses, calls = False, list[str]()

        def check(self) -> None:
            self.calls.append("check")
            if self.refuses:
                raise Unavailable("the file is damaged")

        def renew(self) -> None:
            self.calls.append("renew")

    async def at_once() -> None:
        return

    guard = Guard()
    argv = [sys.executable, "-c", "import time; time.sleep(600)"]
    async with Child(Recipe("sleeper", argv, tmp_path / "log", probe=at_once, guard=guard)) as child:
        async with child.away(signal.SIGKILL):
            assert child.pid is None
            assert guard.calls[:2] == ["check", "renew"]
        assert child.serving.is_set()
        with pytest.raises(Unavailable, match="the file is damaged"):
            async with child.away():
                guard.refuses = True
        assert not child.serving.is_set()
        guard.refuses = False
        await child.serving.wait()
    assert guard.calls[-1] == "renew"
