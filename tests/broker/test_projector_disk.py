"""A full disk under the directory: said clearly, nothing reported, nothing granted; made good when there is room."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.projector import applied, decide, edge, person, projector
from tests.support.redis import RedisServer
from xasup.protocol.ids import UserId
from xasup.wire.directory import DirectoryReader
from xasup.wire.truth.redis import RedisTruth

ALICE, BOB = UserId("alice"), UserId("bob")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(tmp_path)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


async def test_a_full_disk_grants_nothing_until_there_is_room(small_disk: Path, redis: RedisServer) -> None:
    async with RedisTruth(redis.url) as truth, projector(small_disk, redis.url) as follower:
        await follower.ready()
        await applied(truth, before := await decide(truth, person(ALICE)))
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
        many = {cell: value for n in range(2000) for cell, value in edge("alice", f"u{n}", open_=True).items()}
        position = await decide(truth, many | edge(ALICE, BOB, open_=True))
        assert "No space left on device" in await follower.logged("waiting")
        with DirectoryReader(small_disk / "directory") as reader:
            assert not reader.accepts(ALICE, BOB)
            assert await truth.applied("local") == before
            ballast.unlink()
            await applied(truth, position)
            assert reader.accepts(ALICE, BOB)


async def test_a_file_that_may_not_be_written_grants_nothing_until_it_may(tmp_path: Path, redis: RedisServer) -> None:
    async with RedisTruth(redis.url) as truth, projector(tmp_path, redis.url) as follower:
        await follower.ready()
        await applied(truth, before := await decide(truth, person(ALICE)))
        resource.prlimit(follower.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        position = await decide(truth, edge(ALICE, BOB, open_=True))
        assert "File too large" in await follower.logged("waiting")
        with DirectoryReader(tmp_path / "directory") as reader:
            assert not reader.accepts(ALICE, BOB)
            assert await truth.applied("local") == before
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(follower.process.pid, resource.RLIMIT_FSIZE, unlimited)
            await applied(truth, position)
            assert reader.accepts(ALICE, BOB)
