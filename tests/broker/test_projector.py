"""The projector as a process, on a real Redis and a real directory: what follows, and what does not."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.projector import applied, contents, decide, edge, person, projector, replayed
from tests.support.redis import RedisServer
from xasup.protocol.ids import UserId
from xasup.wire.directory import DirectoryReader
from xasup.wire.truth.port import Truth
from xasup.wire.truth.redis import RedisTruth

ALICE, BOB = UserId("alice"), UserId("bob")


@pytest.fixture
async def truth(redis: RedisServer) -> AsyncIterator[Truth]:
    async with RedisTruth(redis.url) as truth:
        yield truth


async def test_a_grant_and_a_revocation_reach_the_directory(tmp_path: Path, redis: RedisServer, truth: Truth) -> None:
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        with DirectoryReader(tmp_path / "directory") as reader:
            await applied(truth, await decide(truth, edge(ALICE, BOB, open_=True)))
            assert reader.accepts(ALICE, BOB)
            await applied(truth, position := await decide(truth, edge(ALICE, BOB, open_=False)))
            assert not reader.accepts(ALICE, BOB)
            assert reader.applied() == position
        assert await follower.end() == 0


async def test_without_the_projector_grants_do_not_become_visible(
    tmp_path: Path, redis: RedisServer, truth: Truth
) -> None:
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        await follower.end()
    before = await truth.applied("local")
    position = await decide(truth, edge(ALICE, BOB, open_=True))
    with DirectoryReader(tmp_path / "directory") as reader:
        assert not reader.accepts(ALICE, BOB)
        assert await truth.applied("local") == before != position
        async with projector(tmp_path, redis.url) as follower:
            await follower.ready()
            assert reader.accepts(ALICE, BOB)
            await applied(truth, position)


async def test_ready_means_that_all_there_was_is_applied(tmp_path: Path, redis: RedisServer, truth: Truth) -> None:
    await asyncio.gather(*(decide(truth, edge(f"u{n}", ALICE, open_=True)) for n in range(400)))
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        assert len(contents(tmp_path / "directory")) == 0  # rebuilt from tables, and these edges' owners are not users
        await follower.end()
        await asyncio.gather(*(decide(truth, edge(f"u{n}", BOB, open_=True)) for n in range(400)))
        async with projector(tmp_path, redis.url) as again:
            await again.ready()
            assert len(contents(tmp_path / "directory")) == 400


async def test_kills_at_any_instant_leave_no_gap_and_no_repeat(
    tmp_path: Path, redis: RedisServer, truth: Truth
) -> None:
    dice = random.Random(7)
    stop = asyncio.Event()

    async def keep_deciding() -> None:
        while not stop.is_set():
            owner, actor = (f"u{dice.randrange(20)}" for _ in range(2))
            await decide(truth, edge(owner, actor, open_=dice.random() < 0.5))

    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
    async with asyncio.TaskGroup() as tasks:
        deciders = [tasks.create_task(keep_deciding()) for _ in range(4)]
        for _ in range(8):
            async with projector(tmp_path, redis.url) as follower:
                await follower.ready()
                for _ in range(dice.randrange(60)):  # some decisions later, wherever the projector then is
                    await decide(truth, person(ALICE))
                await follower.end(signal.SIGKILL)
        stop.set()
        await asyncio.wait(deciders)
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        assert await follower.end() == 0
    assert contents(tmp_path / "directory") == await replayed(truth)
    with DirectoryReader(tmp_path / "directory") as reader:
        assert reader.applied() == await truth.last_position()


async def test_a_second_projector_on_the_same_directory_says_who_has_it(tmp_path: Path, redis: RedisServer) -> None:
    async with projector(tmp_path, redis.url) as first:
        await first.ready()
        async with projector(tmp_path, redis.url) as second:
            assert f"already being written by process {first.process.pid}" in await second.logged("cannot run")
            assert await second.process.wait() == 1


async def test_it_waits_for_redis_and_goes_on(tmp_path: Path, own_redis: RedisServer) -> None:
    async with RedisTruth(own_redis.url) as truth, projector(tmp_path, own_redis.url) as follower:
        await follower.ready()
        own_redis.stop()
        await follower.logged("Redis is away")
        await asyncio.to_thread(own_redis.start)
        await applied(truth, await decide(truth, person(ALICE)))
        with DirectoryReader(tmp_path / "directory") as reader:
            assert reader.user(ALICE) is not None


async def test_what_was_applied_is_reported_again_to_a_redis_that_forgot(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    async with RedisTruth(own_redis.url) as truth, projector(tmp_path, own_redis.url) as follower:
        await follower.ready()
        await applied(truth, position := await decide(truth, person(ALICE)))
        own_redis.stop()
        await asyncio.to_thread(own_redis.start)
        await applied(truth, position)
