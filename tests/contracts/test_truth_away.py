"""The exam's second part: a truth that is away says so within two seconds, and comes back by itself."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.redis import RedisServer
from xasup.protocol.errors import Unavailable
from xasup.wire.truth import open_truth
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Cell, Committed, Step, Truth
from xasup.wire.truth.redis import RedisTruth

LIMIT = 2.0  # seconds
CELL = Cell("users", "alice")

QUESTIONS: dict[str, Callable[[Truth], Awaitable[object]]] = {
    "get": lambda truth: truth.get([CELL]),
    "commit": lambda truth: truth.commit(Step(put={CELL: b"2"}, change=b"c")),
    "recorded": lambda truth: truth.recorded("r"),
    "scan": lambda truth: anext(truth.scan("users")),
    "page": lambda truth: truth.page("users", "", 10),
    "changes": lambda truth: truth.changes("0-0", 10, 0),
    "changes, waiting": lambda truth: truth.changes("0-0", 10, 30),
    "last_position": lambda truth: truth.last_position(),
    "report_applied": lambda truth: truth.report_applied("local", "1-0"),
    "applied": lambda truth: truth.applied("local"),
    "watch_applied": lambda truth: anext(truth.watch_applied("local")),
}


@dataclass
class Patient:
    """A truth, and how it goes away and comes back."""

    truth: Truth
    leave: Callable[[], Awaitable[None]]
    come_back: Callable[[], None]


@pytest.fixture(params=["memory", "redis stopped", "redis frozen"])
async def patient(request: pytest.FixtureRequest) -> AsyncIterator[Patient]:
    if request.param == "memory":
        memory = MemoryTruth()
        yield Patient(memory, memory.go_away, lambda: setattr(memory, "away", False))
        return
    server: RedisServer = request.getfixturevalue("own_redis")
    leave, come_back = (server.stop, server.start) if request.param == "redis stopped" else (server.freeze, server.thaw)

    async def go() -> None:
        leave()

    async with RedisTruth(server.url) as truth:
        yield Patient(truth, go, come_back)
        come_back() if request.param == "redis frozen" else None


async def ask_all(truth: Truth) -> dict[str, tuple[str, bool]]:
    """What each question came to, all asked at once, and whether in time."""

    async def ask(question: Callable[[Truth], Awaitable[object]]) -> tuple[str, bool]:
        begun = time.monotonic()
        try:
            await question(truth)
        except Unavailable:
            return "Unavailable", time.monotonic() - begun <= LIMIT
        return "answered", True

    return dict(zip(QUESTIONS, await asyncio.gather(*map(ask, QUESTIONS.values())), strict=True))


async def test_every_question_is_refused_in_time(patient: Patient) -> None:
    await patient.truth.get([CELL])  # so that there is a connection to lose
    await patient.leave()
    assert await ask_all(patient.truth) == dict.fromkeys(QUESTIONS, ("Unavailable", True))


async def test_who_waits_meanwhile_learns_it_in_time(patient: Patient) -> None:
    watch = patient.truth.watch_applied("local")
    assert await anext(watch) == "0-0"
    waiting = [asyncio.ensure_future(each) for each in (anext(watch), patient.truth.changes("0-0", 10, 30))]
    await asyncio.sleep(0)
    await patient.leave()
    async with asyncio.timeout(LIMIT):
        for each in waiting:
            with pytest.raises(Unavailable):
                await each


async def test_it_serves_again_when_it_is_back(patient: Patient) -> None:
    await patient.truth.commit(Step(put={CELL: b"1"}))
    await patient.leave()
    with pytest.raises(Unavailable):
        await patient.truth.commit(Step(expect={CELL: b"1"}, put={CELL: b"never"}, request="r"))
    patient.come_back()
    assert await patient.truth.get([CELL]) in ([b"1"], [b"never"])  # unknown: the answer was lost, not the question
    assert isinstance(await patient.truth.commit(Step(put={CELL: b"2"})), Committed)


async def test_a_kill_loses_nothing_that_was_committed(own_redis: RedisServer) -> None:
    async with RedisTruth(own_redis.url) as truth:
        steps = [truth.commit(Step(put={Cell("t", f"{n}"): b"v"}, change=b"c")) for n in range(200)]
        await asyncio.gather(*steps)
        own_redis.stop(signal.SIGKILL)
        await asyncio.to_thread(own_redis.start)
        assert len([cell async for cell in truth.scan("t")]) == 200
        assert len(await truth.changes("0-0", 1000, 0)) == 200


@pytest.mark.parametrize("how", [("min-replicas-to-write", "1"), ("maxmemory", "1")])
async def test_a_redis_that_refuses_writes_still_answers_questions(redis: RedisServer, how: tuple[str, str]) -> None:
    async with RedisTruth(redis.url) as truth:
        await truth.commit(Step(put={CELL: b"1"}))
        redis.command("CONFIG", "SET", *how)
        try:
            writing: list[Coroutine[Any, Any, object]] = [truth.commit(Step(put={CELL: b"2"})) for _ in range(3)]
            *refused, found = await asyncio.gather(*writing, truth.get([CELL]), return_exceptions=True)
        finally:
            redis.command("CONFIG", "SET", how[0], "0")
        assert [type(each) for each in refused] == [Unavailable] * 3
        assert found == [b"1"]
        assert await truth.get([CELL]) == [b"1"]


async def test_scripts_that_were_flushed_are_loaded_again(redis: RedisServer) -> None:
    async with RedisTruth(redis.url) as truth:
        await truth.commit(Step(put={CELL: b"1"}))
        redis.command("SCRIPT", "FLUSH")
        with pytest.raises(Unavailable):
            await truth.get([CELL])
        assert await truth.get([CELL]) == [b"1"]


async def test_a_report_costs_no_write_to_disk(own_redis: RedisServer) -> None:
    def written() -> int:
        return sum(path.stat().st_size for path in own_redis.socket.parent.glob("appendonlydir/*.aof"))

    async with RedisTruth(own_redis.url) as truth:
        await truth.commit(Step(put={CELL: b"1"}, change=b"c"))
        before = written()
        await truth.report_applied("local", await truth.last_position())
        assert written() == before
        await truth.commit(Step(put={CELL: b"2"}))
        assert written() > before


async def test_opening_needs_no_redis() -> None:
    async with open_truth("unix:///nowhere/redis.sock") as truth:
        with pytest.raises(Unavailable, match="away"):
            await truth.get([CELL])
