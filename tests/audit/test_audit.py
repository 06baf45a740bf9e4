"""Each breach of the conservation law, planted in a real log, is named; a log without one passes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tests.audit.world import (
    DAY,
    audited,
    decision,
    found,
    friends,
    good,
    message,
    mirrored,
    plain,
    put,
    receipt,
)
from tests.support.redis import RedisServer, running_redis
from xasup.audit.audit import Audit
from xasup.audit.findings import LAWS, Check, Weight
from xasup.audit.ledger import Ledger
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Cursor, Log, Reader, Record, Shard
from xasup.wire.redis.link import Link

FRIENDS = friends()


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


@asynccontextmanager
async def _linked(redis: RedisServer) -> AsyncIterator[Link]:
    link = Link(redis.url)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def opened(kind: str, redis: RedisServer, name: str) -> AsyncIterator[Log]:
    if kind == "memory":
        yield MemoryLog()
        return
    async with open_log(redis.url, prefix=f"{name}:") as log:
        yield log


@pytest.fixture(params=["memory", "redis"])
async def log(request: pytest.FixtureRequest, redis: RedisServer) -> AsyncIterator[Log]:
    async with opened(request.param, redis, request.node.name) as log:
        yield log


async def test_a_log_as_it_should_be_passes(log: Log) -> None:
    await put(log, good())
    report = await audited(log)
    assert found(report) == {}
    assert report.failed(strict=True) == 0
    assert report.read == {"messages": 7, "receipts": 6, "decisions": 4, "claims": 0}
    assert report.reach.messages and report.reach.decisions


async def test_an_empty_log_passes(log: Log) -> None:
    assert found(await audited(log)) == {}


# What is added to a log as it should be, and what is found then: by check, the ids.
PLANTED: dict[str, tuple[list[Record], dict[Check, list[str]]]] = {
    "a message twice": ([message("a2", 2, 11)], {Check.REPEATED: ["alice a2"]}),
    "an id with two contents": ([message("a2", 2, 11, said=5)], {Check.CONFLICTING: ["alice a2"]}),
    "an id sent to two": (
        [*friends(one="alice", other="carol"), message("a2", 2, 11, to="carol")],
        {Check.CONFLICTING: ["alice a2"], Check.GAP: ["alice a2"]},
    ),
    "a receipt about nothing": ([receipt(30, read=["ghost"])], {Check.UNFOUNDED: ["alice ghost"]}),
    "a receipt by a stranger": (
        [receipt(30, delivered=["a1"], by="carol")],
        {Check.FOREIGN: ["alice a1"]},
    ),
    "a receipt by its author": ([receipt(30, read=["a1"], by="alice", to="alice")], {Check.FOREIGN: ["alice a1"]}),
    "a receipt about a message of a group": (
        [receipt(30, read=["a1"], by="alice", to="bob")],
        {Check.FOREIGN: ["bob a1"]},
    ),
    "a receipt before its message": ([receipt(9, delivered=["a1"])], {Check.EARLY: ["alice a1"]}),
    "a number missing": ([message("a6", 6, 15)], {Check.GAP: ["alice a6"]}),
    "the first number missing": ([message("t2", 2, 15, src="tablet")], {Check.GAP: ["alice t2"]}),
    "a number twice": ([message("again", 2, 15)], {Check.COUNTED_TWICE: ["alice again"]}),
    "one never accepted": ([message("m1", 1, 15, sender="mallory")], {Check.UNASKED: ["mallory m1"]}),
    "one accepted later": (
        [message("m1", 1, 15, sender="mallory"), *friends(at=500, one="mallory")],
        {Check.UNASKED: ["mallory m1"]},
    ),
    "the wrong way of a one-way contact": (
        [message("s1", 1, 15, to="sensor")],
        {Check.UNASKED: ["alice s1"]},
    ),
    "written after the end": ([message("a4", 3, 1500)], {Check.REVOKED: ["alice a4"]}),
    "after a block": (
        [*friends(one="carol"), decision("block", "bob", "carol", at=100), message("c1", 1, 300, sender="carol")],
        {Check.REVOKED: ["carol c1"]},
    ),
    "after the user was deleted": (
        [*friends(one="carol"), decision("end", "bob", at=100), message("c1", 1, 300, sender="carol")],
        {Check.REVOKED: ["carol c1"]},
    ),
    "came after the end, and does not say since when": (
        [*friends(one="carol"), decision("revoke", "bob", "carol", at=100), plain("given 2", 300, sender="carol")],
        {Check.LATE: ["carol given 2"]},
    ),
    "only asked for": (
        [decision("ask", "carol", "bob", at=5), message("c1", 1, 300, sender="carol")],
        {Check.UNCLEAR: ["carol c1"]},
    ),
    "a receipt that is none": (
        [mirrored("xasup/v1/u/alice/receipt/bob", b"{", "given", 30)],
        {Check.UNREADABLE: ["xasup.receipts 0/"]},
    ),
    "a message that is none": (
        [mirrored("xasup/v1/u/bob/msg/alice", b'{"id":7}', "given", 30)],
        {Check.UNREADABLE: ["xasup.messages 0/"]},
    ),
    "a record that is not ours": (
        [Record(Stream.MESSAGES, b"k", b"v")],
        {Check.UNREADABLE: ["xasup.messages 0/"]},
    ),
    "a decision that is none": (
        [Record(Stream.CONTACTS, b"k", b'{"what":"contacts.accept","ts":"x","subject":["a"]}')],
        {Check.UNREADABLE: ["xasup.contacts 0/"]},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_what_is_wrong_is_named(log: Log, planted: str) -> None:
    records, expected = PLANTED[planted]
    await put(log, [*good()[:-1], *records])
    report = await audited(log)
    names = found(report)
    assert names.keys() == {str(check) for check in expected}
    for check, ids in expected.items():
        assert [who.startswith(id) for who, id in zip(names[check], ids, strict=True)] == [True] * len(ids)
    weights = {LAWS[check].weight for check in expected}
    assert (report.failed(strict=False) > 0) == (Weight.FAIL in weights)
    assert (report.failed(strict=True) > 0) == (weights != {Weight.NOTE})


def test_every_check_of_the_log_is_planted() -> None:
    planted = {check for _, expected in PLANTED.values() for check in expected}
    assert planted == set(Check) - {
        Check.MISSING,
        Check.DISPLACED,
        Check.DROPPED,
        Check.OUT_OF_REACH,
        Check.HOLE,
    }


async def test_what_somebody_has_must_be_there(log: Log) -> None:
    [first, second] = await put(log, [message("a1", 1, 10), message("a2", 2, 11)])
    fine = [("history", "alice", "a1", str(first), DAY), ("bob:d", "alice", "a2", "", 0)]
    wrong = [("history", "alice", "a2", str(first), DAY), ("alice:d", "alice", "a3", "", DAY)]
    assert found(await audited(log, claims=fine)) == {"consent-unclear": ["alice a1", "alice a2"]}
    report = await audited(log, claims=[*fine, *wrong])
    assert found(report) == {
        "missing": ["alice a3"],
        "displaced": ["alice a2"],
        "consent-unclear": ["alice a1", "alice a2"],
    }
    assert report.failed(strict=False) == 2
    assert second != first


@pytest.mark.parametrize(("dropped", "failed"), [(None, 0), (0, 0), (3, 1)])
async def test_what_the_broker_dropped_fails(log: Log, dropped: int | None, failed: int) -> None:
    await put(log, good())
    report = await audited(log, dropped=dropped)
    assert report.failed(strict=False) == failed


async def test_since_judges_only_what_it_can() -> None:
    """Of receipts for what came before, of the numbers before, it says nothing."""
    now = [DAY]
    log = MemoryLog(clock=lambda: now[0])
    await put(log, [*FRIENDS, message("a1", 1, 10)])
    now[0] = DAY + 60_000
    await put(log, [message("a5", 5, 70), receipt(71, read=["a1", "a5"])])
    claims = [("alice:d", "alice", "a1", "", DAY), ("alice:d", "alice", "a9", "", DAY + 65_000)]
    assert found(await audited(log))["number-gap"] == ["alice a5"]
    report = await audited(log, since=DAY + 30_000, claims=claims)
    assert found(report) == {"missing": ["alice a9"], "out-of-reach": ["alice a1", "alice a1"]}
    assert report.read["decisions"] == 2, "those are read from the first on"


async def test_a_log_that_was_trimmed_is_judged_as_far_as_it_goes() -> None:
    log = MemoryLog(memory_limit=4000)
    positions = await put(log, [*FRIENDS, *(message(f"a{n}", n, n) for n in range(1, 15))])
    await log.commit("history", {Shard(Stream.MESSAGES, 0): positions[-2].offset})
    await put(log, [message("a15", 15, 15), receipt(20, delivered=["a1", "a15"])])
    report = await audited(log)
    assert not report.reach.messages
    assert found(report) == {"out-of-reach": ["alice a1"]}


@pytest.mark.parametrize("stream", [Stream.MESSAGES, Stream.RECEIPTS, Stream.CONTACTS])
async def test_a_hole_is_named_and_nothing_is_judged_by_what_is_left(redis: RedisServer, stream: Stream) -> None:
    """As a disk leaves it, or somebody at Redis."""
    records = [
        *(*FRIENDS, decision("ask", "carol", "bob", at=3), decision("deny", "bob", "carol", at=4)),
        *(message(f"a{n}", n, 10 + n) for n in range(1, 5)),
        *(receipt(20 + n, read=[f"a{n}"]) for n in range(1, 5)),
    ]
    async with open_log(redis.url, prefix=f"hole-{stream}:") as log, _linked(redis) as link:
        await put(log, records)
        assert found(await audited(log)) == {}, "the negative control: all are there"
        [keys] = await link.ask([("KEYS", f"hole-{stream}:*{stream}*")])
        kinds = await link.ask([("TYPE", key) for key in keys])
        key = keys[kinds.index(b"stream")]
        [entries] = await link.ask([("XRANGE", key, "-", "+")])
        await link.ask([("XDEL", key, entries[1][0])])
        report = await audited(log)
        assert found(report) == {"hole": [str(stream)]}
        assert report.failed(strict=False) == 1


async def test_of_old_decisions_that_are_gone_it_knows_nothing() -> None:
    """Not even that there were none. What came after them is judged as ever."""
    log = MemoryLog()
    await put(log, [*FRIENDS, message("a1", 1, 10), decision("ask", "carol", "bob", at=15)])
    await put(log, [decision("deny", "bob", "carol", at=16), message("c1", 1, 300, sender="carol")])
    complete = {"not-accepted-any-more": ["carol c1"]}
    assert found(await audited(log)) == complete, "the negative control: all are there"
    drop_decisions(log, 2)
    report = await audited(log)
    assert not report.reach.decisions
    assert found(report) == complete | {"consent-unclear": ["alice a1"]}


async def test_decisions_that_go_while_they_are_read_are_not_held_against_the_log() -> None:
    log = _Short([*FRIENDS, message("a1", 1, 10), *friends(at=20, one="carol")])
    await log.begin()
    report = await audited(log)
    assert log.dropped and not report.reach.decisions
    assert found(report) == {"consent-unclear": ["alice a1"]}


async def test_where_unread_decisions_are_gone_it_begins_with_those_that_are_left() -> None:
    """Else bob's consent to carol would seem to have ended for good: the hole took the second one along."""
    log = MemoryLog()
    again = decision("accept", "bob", "carol", at=200)
    await put(log, [*friends(one="carol"), decision("revoke", "bob", "carol", at=100)])
    with Ledger() as ledger:
        audit = Audit(log, ledger, None, 10, lambda read: None)
        await audit.read()
        await put(log, [again, *friends(at=250), message("c1", 1, 300, sender="carol")])
        drop_decisions(log, 4)
        await audit.read()
        report = await audit.report(0)
        assert (found(report), report.read["decisions"]) == ({"consent-unclear": ["carol c1"]}, 2)


async def test_the_first_ids_are_shown_and_all_are_counted(log: Log) -> None:
    await put(log, [*FRIENDS, *(message(f"a{n}", 7, n) for n in range(2, 12))])
    report = await audited(log, most=3)
    assert report.findings.counts[Check.COUNTED_TWICE] == 9
    assert len(report.findings.shown[Check.COUNTED_TWICE]) == 3


async def test_what_comes_while_it_is_read_is_not_held_against_the_log() -> None:
    """The receipt is read, then its message comes: a second look finds it."""
    log = _Late([*FRIENDS, receipt(20, read=["a1"])], [message("a1", 1, 10)])
    await log.begin()
    assert found(await audited(log)) == {}


async def test_it_goes_on_where_it_was(log: Log) -> None:
    await put(log, good()[:-1])
    with Ledger() as ledger:
        audit = Audit(log, ledger, None, 10, lambda read: None)
        await audit.read()
        assert found(await audit.report(0)) == {}
        await put(log, [message("a2", 2, 11)])
        await audit.read()
        assert found(await audit.report(0)) == {"repeated": ["alice a2"]}


def drop_decisions(log: MemoryLog, count: int) -> None:
    """The oldest, as the log does by itself when they take too much."""
    held = log._streams[Stream.CONTACTS]
    held.trim(held.first + count - 1)


class _Short(MemoryLog):
    """Drops two decisions just before they are read for the first time."""

    def __init__(self, first: list[Record]) -> None:
        super().__init__()
        self._first, self.dropped = first, False

    async def begin(self) -> None:
        await put(self, self._first)

    def reader(self, streams: Sequence[str], after: Cursor) -> AbstractAsyncContextManager[Reader]:
        if Stream.CONTACTS in streams and not self.dropped:
            self.dropped = True
            drop_decisions(self, 2)
        return super().reader(streams, after)


class _Late(MemoryLog):
    """Has *later* only when the messages were looked for once."""

    def __init__(self, first: list[Record], later: list[Record]) -> None:
        super().__init__()
        self._first, self._later, self._asked = first, later, 0

    async def begin(self) -> None:
        await put(self, self._first)

    async def extent(self, stream: str):  # type: ignore[no-untyped-def]  # as in MemoryLog
        self._asked += stream == Stream.MESSAGES
        if self._asked > 2 and self._later:
            later, self._later = self._later, []
            await put(self, later)
        return await super().extent(stream)
