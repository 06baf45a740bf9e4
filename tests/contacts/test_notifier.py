"""Notices go out after the directory has the change, in order; the position is stored behind the acknowledgements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from contacts.service import notifier as module
from contacts.service.enforcement import Enforcement
from contacts.service.notifier import NAME, Notifier
from xasup.protocol import changes, codec
from xasup.protocol.changes import Change, Notice
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Committed, Step


class Post:
    """Keeps what is published; acknowledges when told."""

    def __init__(self) -> None:
        self.letters: list[tuple[int, Callable[[], None]]] = []
        self.came = asyncio.Event()

    def publish(self, topic: str, payload: bytes, done: Callable[[], None]) -> None:
        self.letters.append((codec.decode_object(payload)["n"], done))
        self.came.set()

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.letters]

    async def holds(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.letters) < count:
                self.came.clear()
                await self.came.wait()


async def decide(truth: MemoryTruth, *numbers: int) -> str:
    """A change with a notice for each number."""
    notices = tuple(Notice("contacts", "topic", {"n": number}) for number in numbers)
    outcome = await truth.commit(Step(change=changes.encode(Change("test", "admin", 0, notices=notices))))
    assert isinstance(outcome, Committed)
    return outcome.position


@asynccontextmanager
async def following(truth: MemoryTruth, enforcement: Enforcement) -> AsyncIterator[tuple[Notifier, Post]]:
    post = Post()
    notifier = Notifier(truth, {"contacts": post}, enforcement, lambda change: None)
    tasks = [asyncio.create_task(notifier.follow()), asyncio.create_task(notifier.store())]
    try:
        yield notifier, post
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_nothing_is_said_before_it_holds() -> None:
    truth, enforcement = MemoryTruth(), Enforcement()
    first, second = await decide(truth, 1, 2), await decide(truth, 3)
    async with following(truth, enforcement) as (_, post):
        enforcement.reached(first)
        await post.holds(2)
        assert post.numbers == [1, 2]
        enforcement.reached(second)
        await post.holds(3)
    assert post.numbers == [1, 2, 3]


async def test_the_position_stays_behind_what_is_not_acknowledged() -> None:
    """Even where a later one is: after a crash the first is published again."""
    truth, enforcement = MemoryTruth(), Enforcement()
    positions = [await decide(truth, 1), await decide(truth, 2), await decide(truth)]
    enforcement.reached(positions[-1])
    async with following(truth, enforcement) as (_, post):
        await post.holds(2)
        post.letters[1][1]()
    assert (await truth.get([NAME]))[0] is None
    async with following(truth, enforcement) as (_, again):
        await again.holds(2)
        assert again.numbers == [1, 2]
        for _, done in again.letters:
            done()
    assert (await truth.get([NAME]))[0] == positions[-1].encode()
    async with following(truth, enforcement) as (_, third):
        enforcement.reached(await decide(truth, 4))
        await third.holds(1)
        assert third.numbers == [4]


async def test_what_cannot_be_read_does_not_stop_the_rest() -> None:
    truth, enforcement = MemoryTruth(), Enforcement()
    await truth.commit(Step(change=b"not a change"))
    enforcement.reached(await decide(truth, 1))
    async with following(truth, enforcement) as (_, post):
        await post.holds(1)
        assert post.numbers == [1]


async def test_a_stream_that_was_cut_is_followed_from_its_end() -> None:
    truth, enforcement = MemoryTruth(keep=1), Enforcement()
    for number in range(5):
        await truth.report_applied("local", await decide(truth, number))
    async with following(truth, enforcement) as (_, post):
        while not post.letters:  # until it has turned to the end
            enforcement.reached(await decide(truth, 7))
            await asyncio.sleep(0)
        assert post.numbers[0] == 7


async def test_it_does_not_run_ahead_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AHEAD", 3)
    monkeypatch.setattr(module, "READ", 1)
    truth, enforcement = MemoryTruth(), Enforcement()
    for number in range(10):
        last = await decide(truth, number)
    enforcement.reached(last)
    async with following(truth, enforcement) as (_, post):
        await post.holds(3)
        for _ in range(100):
            await asyncio.sleep(0)
        assert post.numbers == [0, 1, 2]
        for at in range(10):
            await post.holds(at + 1)
            post.letters[at][1]()
    assert post.numbers == list(range(10))
