"""The consumer on the log in memory: once, in order, committed behind its effect; whatever is away is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from history import consumer
from history.consumer import NAME, STREAMS, Consumer, covers, lost_of
from history.horizon import Horizon
from history.metrics import Metrics
from history.shelf import shelved
from tests.history.scribe import membership, message, no_bridge, poison, receipt, write
from tests.support import mailboxes
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Cursor, Extent, Shard
from xasup.wire.mailboxes import Batch, Kept, Mailboxes, MemoryMailboxes, Wanted

MESSAGES, RECEIPTS = (Shard(stream, 0) for stream in STREAMS)
SOON = 10.0  # seconds


class Scene:
    """A consumer at work, whose pauses are none."""

    def __init__(self, log: MemoryLog, boxes: Mailboxes, consumer: Consumer, metrics: Metrics) -> None:
        self.log, self.boxes, self.consumer, self.metrics = log, boxes, consumer, metrics

    async def caught_up(self) -> None:
        async with asyncio.timeout(SOON):
            await self.consumer.reached(await Horizon(self.log, no_bridge).now())

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(SOON):
            while not done():
                await asyncio.sleep(0)

    def found(self, user: str) -> list[str]:
        entries = self.boxes.page(Wanted(UserId(user), limit=10_000)).entries
        return [entry.topic.split("/")[-1] for entry in entries]

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"xasup_history_{name}", labels)


@asynccontextmanager
async def scene(log: MemoryLog, boxes: Mailboxes) -> AsyncIterator[Scene]:
    async def moment(seconds: float) -> None:
        await asyncio.sleep(0)

    metrics = Metrics(asyncio.get_running_loop().time)
    async with shelved(boxes) as shelf:
        following = Consumer(log, shelf, metrics, moment)
        tasks = [running(following.run()), running(following.tell())]
        try:
            yield Scene(log, boxes, following, metrics)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


def running(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.create_task(work)


async def test_it_takes_what_comes_and_tells_the_log_afterwards() -> None:
    log = MemoryLog()
    await write(log, message("alice", "bob", "1"), receipt("bob", "alice", delivered=["1"]))
    async with scene(log, mailboxes.memory()) as it:
        await it.caught_up()
        await write(log, message("carol", "bob", "1"), message("alice", "bob", "1"))
        await it.caught_up()
        assert sorted(it.found("bob")) == ["alice", "bob", "carol"]
        committed: Cursor = {}
        async with asyncio.timeout(SOON):
            while committed != {MESSAGES: "3", RECEIPTS: "1"}:
                committed = await log.committed(NAME)
                await asyncio.sleep(0)
        assert it.boxes.cursor() == committed
        assert it.value("records_total", stream="xasup.messages") == 3
        assert (it.value("letters_total"), it.value("repeated_total")) == (3, 1)


async def test_it_registers_before_it_reads() -> None:
    log = MemoryLog()
    async with scene(log, mailboxes.memory()) as it:
        await it.until(lambda: bool(log._committed))
        assert await log.committed(NAME) == {MESSAGES: "", RECEIPTS: ""}


async def test_the_log_is_told_only_of_what_is_durable() -> None:
    class Full(MemoryMailboxes):
        full = False

        def keep(self, batch: Batch) -> Kept:
            if self.full:
                raise Unavailable("the disk is full")
            return super().keep(batch)

    log, boxes = MemoryLog(), Full(mailboxes.GENERATION)
    async with scene(log, boxes) as it:
        await it.until(lambda: bool(log._committed))
        boxes.full = True
        await write(log, message("alice", "bob", "1"))
        await it.until(lambda: (it.value("failures_total") or 0) > 3)
        assert it.metrics.facts()["reason"] == "no connection to the broker"
        assert await log.committed(NAME) == {MESSAGES: "", RECEIPTS: ""}
        boxes.full = False
        await it.caught_up()
        assert it.found("bob") == ["alice"]


async def test_an_outage_is_waited_for() -> None:
    log = MemoryLog()
    async with scene(log, mailboxes.memory()) as it:
        for number in range(5):
            log.go_away()
            appended = log.append([message("alice", "bob", f"{number}")])
            await it.until(lambda failures=number: (it.value("failures_total") or 0) > failures)  # type: ignore[misc]
            log.come_back()
            await appended
            await it.caught_up()
        assert it.found("bob") == ["alice"] * 5


async def test_poison_is_skipped_and_counted() -> None:
    log = MemoryLog()
    records = [poison(), *(poison(b"%d" % number) for number in range(50)), message("alice", "bob", "1")]
    await write(log, *records)
    async with scene(log, mailboxes.memory()) as it:
        await it.caught_up()
        assert it.found("bob") == ["alice"]
        assert it.value("skipped_total", stream="xasup.messages") == 51


async def test_stopped_at_any_place_it_goes_on_without_gap_or_repetition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_BATCH", 3)
    log, path = MemoryLog(), tmp_path / "h.sqlite"
    await write(log, *(message("alice", "bob", f"{number}") for number in range(40)))
    for stop_at in range(0, 40, 7):
        async with scene(log, mailboxes.sqlite(path)) as it:
            with suppress(TimeoutError):
                await it.consumer.reached({MESSAGES: str(stop_at)})
    async with scene(log, mailboxes.sqlite(path)) as it:
        await it.caught_up()
        assert it.found("bob") == ["alice"] * 40
        assert it.value("repeated_total") == 0


async def test_what_the_log_lost_is_told_and_the_rest_comes() -> None:
    log, boxes = MemoryLog(memory_limit=2), mailboxes.memory()
    mailboxes.keep(boxes, mailboxes.joins("bob", "hikers"), offset="1")
    for number in range(1, 8):
        await lose(log, number)
    await write(log, message("alice", "g:hikers", "8"), message("alice", "bob", "9"))
    async with scene(log, boxes) as it:
        await it.caught_up()
        assert it.found("bob") == ["alice"], "whether bob is still a member nobody knows"
        assert it.value("lost_records_total", stream="xasup.messages") == 6
        assert it.metrics._missing.startswith("xasup.messages: what follows 1 is gone")
        log.memory_limit = 1 << 20
        await write(log, membership("bob", "hikers", "member"), message("alice", "g:hikers", "10"))
        await it.caught_up()
        assert it.found("bob") == ["alice", "alice"]


async def test_a_new_store_on_a_log_that_was_trimmed_says_so() -> None:
    log = MemoryLog(memory_limit=2)
    for number in range(1, 4):
        await lose(log, number)
    await write(log, message("alice", "bob", "4"))
    boxes = mailboxes.memory()
    for missing in (3, None):  # it is said once, when the store is made
        async with scene(log, boxes) as it:
            await it.caught_up()
            assert it.found("bob") == ["alice"]
            assert it.value("lost_records_total", stream="xasup.messages") == missing


async def lose(log: MemoryLog, number: int) -> None:
    """A record that everybody has committed, and that the log then drops."""
    log.memory_limit = 1 << 20
    await write(log, message("alice", "bob", f"lost-{number}"))
    log.memory_limit = 2
    await log.commit("others", {MESSAGES: str(number)})


def test_what_is_lost_is_found_by_the_extents() -> None:
    def lost(here: str, first: str, last: str) -> dict[Shard, int]:
        return lost_of({MESSAGES: here}, {MESSAGES: Extent(first, last, 0, 0)})

    assert lost("5", "1", "9") == lost("5", "6", "9") == lost("", "6", "9") == {}
    assert lost("5", "8", "9") == {MESSAGES: 2}
    assert lost("9", "1", "4") == {MESSAGES: 0}, "another log"
    assert lost("1000-5", "2000-9", "3000-12") == {MESSAGES: 3}
    assert lost("5", "", "") == {MESSAGES: 0}
    both = {MESSAGES: Extent("8", "9", 2, 0), RECEIPTS: Extent("", "", 0, 0)}
    assert lost_of({MESSAGES: "5", RECEIPTS: "7"}, both) == {MESSAGES: 2}


def test_a_cursor_covers_what_it_has_reached() -> None:
    assert covers({}, {}) and covers({}, {MESSAGES: ""})
    assert covers({MESSAGES: "10-2"}, {MESSAGES: "9-9"})
    assert not covers({MESSAGES: "10-2"}, {MESSAGES: "10-3"})
    assert not covers({MESSAGES: "9"}, {MESSAGES: "9", RECEIPTS: "1"})


async def test_the_end_of_the_log_is_never_older_than_the_question() -> None:
    """Whoever asks while an answer is on its way gets the next one, and those who ask together share it."""

    class Slow(MemoryLog):
        asked = 0

        async def extent(self, stream: str) -> dict[Shard, Extent]:
            self.asked += 1
            found = await super().extent(stream)
            await asyncio.sleep(0.01)  # on its way back
            return found

    log = Slow()
    horizon = Horizon(log, no_bridge)
    first = asyncio.create_task(horizon.now())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await write(log, message("alice", "bob", "1"))
    late = await asyncio.gather(*(horizon.now() for _ in range(50)))
    assert (await first)[MESSAGES] == ""
    assert {found[MESSAGES] for found in late} == {"1"}
    assert log.asked == 2 * len(STREAMS)
    log.go_away()
    with pytest.raises(Unavailable):
        await horizon.now()
    log.come_back()
    assert (await horizon.now())[MESSAGES] == "1"
