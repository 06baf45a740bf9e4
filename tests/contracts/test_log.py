"""The exam of the port of the log: the twin in memory, Redis Streams and Kafka sit it alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.support import log as logs
from tests.support.kafka import KafkaServer
from tests.support.log import PATIENCE, Subject, after, by_key, message, positions, take, talk
from tests.support.redis import RedisServer
from xasup.protocol.errors import Malformed
from xasup.protocol.streams import Stream
from xasup.wire.log.port import MAX_VALUE, Log, Position, Record, Shard, offset_key

KAFKA = pytest.mark.xdist_group("kafka")


@pytest.fixture(params=["memory", "redis", pytest.param("kafka", marks=KAFKA), pytest.param("kraft", marks=KAFKA)])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return logs.memory()
    server: RedisServer | KafkaServer = request.getfixturevalue(request.param)
    prefix = server.prefix() if isinstance(server, KafkaServer) else ""
    return logs.at_url(request.param, server.url, prefix)


@pytest.fixture
async def log(subject: Subject) -> AsyncIterator[Log]:
    async with subject.open(producer="exam") as log:
        await logs.ready(log)
        yield log


async def test_an_empty_log_says_so(log: Log) -> None:
    async with log.reader(list(Stream), {}) as reader:
        assert await reader.read(10, 0) == []
    for stream in Stream:
        extents = await log.extent(stream)
        assert extents and all(shard.stream == stream for shard in extents)
        assert all((each.first, each.last, each.records) == ("", "", 0) for each in extents.values())
        assert await log.lag(stream) == {}
    assert await log.committed("nobody") == {}
    assert (log.state.word, log.pending) == ("up", 0)


async def test_what_was_appended_is_read_as_it_was(log: Log) -> None:
    begun = time.time_ns() // 1_000_000
    headers = [("ce_id", b"0190"), ("ce_subject", b"xasup/v1/u/bob/msg/alice"), ("odd", bytes(range(256))), ("no", b"")]
    record = Record(Stream.RECEIPTS, b"alice:bob", bytes(range(256)), headers)
    [position] = positions(await log.append([record]))
    [entry] = await take(log, 1, stream=Stream.RECEIPTS)
    assert (entry.stream, entry.position) == (Stream.RECEIPTS, position)
    assert (entry.key, entry.value, list(entry.headers.items())) == (record.key, record.value, headers)
    assert begun - 1000 <= entry.at <= time.time_ns() // 1_000_000 + 1000
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "headers",
    [
        [("a", b"\\"), ("b", b"\n"), ("c", b"\\n"), ("d", b"\\\\n\n\\")],
        [("100%", b"%s%d"), ("a", b"b=c\n"), ("-", b"=")],
    ],
)
async def test_headers_of_any_bytes_keep_their_order(log: Log, headers: list[tuple[str, bytes]]) -> None:
    await log.append([message("k", b"v", *headers)])
    [entry] = await take(log, 1)
    assert list(entry.headers.items()) == headers


async def test_values_may_be_empty_and_large(log: Log) -> None:
    large = bytes(range(256)) * (MAX_VALUE // 256)
    outcomes = await log.append([message("k", b""), message("k", large, ("h", b"x")), message("k", b"last")])
    assert len(set(positions(outcomes))) == 3
    entries = await take(log, 3)
    assert [entry.value for entry in entries] == [b"", large, b"last"]
    assert [dict(entry.headers) for entry in entries] == [{}, {"h": b"x"}, {}]


async def test_what_is_too_large_hinders_nothing_else(log: Log) -> None:
    records = [message("k", b"1"), message("k", bytes(MAX_VALUE + 1)), message("k", b"2"), message("j", b"3")]
    outcomes = await log.append(records)
    assert [type(outcome) for outcome in outcomes] == [Position, Malformed, Position, Position]
    assert by_key(await take(log, 3)) == {b"k": [b"1", b"2"], b"j": [b"3"]}


async def test_a_stream_that_there_is_not_is_refused(log: Log) -> None:
    outcomes = await log.append([Record("no-such", b"k", b"1"), message("k", b"2")])
    assert [type(outcome) for outcome in outcomes] == [Malformed, Position]
    assert isinstance((await log.append([Record("no-such", b"k", b"1")]))[0], Malformed)


async def test_outcomes_come_in_the_order_of_the_records(log: Log) -> None:
    records = [*talk(200, keys=20), Record(Stream.RECEIPTS, b"r", b"1"), Record(Stream.CONTACTS, b"c", b"1")]
    outcomes = positions(await log.append(records))
    entries = {}
    for stream, count in ((Stream.MESSAGES, 200), (Stream.RECEIPTS, 1), (Stream.CONTACTS, 1)):
        entries |= {(entry.stream, entry.position): entry for entry in await take(log, count, stream=stream)}
    for record, position in zip(records, outcomes, strict=True):
        entry = entries[record.stream, position]
        assert (entry.key, entry.value) == (record.key, record.value)


async def test_order_is_kept_within_one_key(log: Log) -> None:
    calls = [log.append(talk(7, keys=5, first=first)) for first in range(0, 700, 7)]
    assert 0 < log.pending <= 700
    await asyncio.gather(*calls)
    assert log.pending == 0
    found = by_key(await take(log, 700))
    assert found == by_key_of(talk(700, keys=5))


def by_key_of(records: list[Record]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for record in records:
        found.setdefault(record.key, []).append(record.value)
    return found


async def test_records_of_a_key_are_in_one_shard_in_rising_positions(log: Log) -> None:
    outcomes = positions([outcome for _ in range(5) for outcome in await log.append(talk(10))])
    assert len({position.shard for position in outcomes}) == 1
    rising = [offset_key(position.offset) for position in outcomes]
    assert rising == sorted(set(rising))


async def test_nothing_appended_is_answered_with_nothing(log: Log) -> None:
    assert await log.append([]) == []


async def test_who_goes_away_before_the_outcome_disturbs_nobody(log: Log) -> None:
    log.append([message("k", b"1")]).cancel()
    await log.append([message("k", b"2")])
    assert [entry.value for entry in await take(log, 2)] == [b"1", b"2"]
    assert log.pending == 0


async def test_reading_goes_on_from_any_position(log: Log) -> None:
    await log.append(talk(100, keys=10))
    entries = await take(log, 100)
    for cut in (1, 37, 99):
        rest = await take(log, 100 - cut, after(entries[:cut]))
        assert by_key(entries[:cut] + rest) == by_key(entries)
    async with log.reader([Stream.MESSAGES], after(entries)) as reader:
        assert await reader.read(10, 0) == []


async def test_a_read_returns_no_more_than_was_asked(log: Log) -> None:
    await log.append([*talk(30, keys=10), *(Record(Stream.RECEIPTS, b"r", b"%d" % n) for n in range(30))])
    async with log.reader([Stream.MESSAGES, Stream.RECEIPTS], {}) as reader, asyncio.timeout(PATIENCE):
        found = []
        while len(found) < 60:
            page = await reader.read(7, 1.0)
            assert len(page) <= 7
            found += page
    assert len({(entry.stream, entry.position) for entry in found}) == 60


async def test_who_waits_for_a_record_gets_it(log: Log) -> None:
    await log.append([message("k", b"old")])
    start = after(await take(log, 1))
    async with log.reader([Stream.MESSAGES], start) as reader, asyncio.timeout(PATIENCE):
        assert await reader.read(10, 0.05) == []
        waiting = asyncio.create_task(reader.read(10, PATIENCE))
        await asyncio.sleep(0)
        await log.append([message("k", b"new")])
        assert [entry.value for entry in await waiting] == [b"new"]


async def test_a_read_that_was_given_up_loses_nothing(log: Log) -> None:
    async with log.reader([Stream.MESSAGES], {}) as reader, asyncio.timeout(PATIENCE):
        for number in range(5):
            waiting = asyncio.create_task(reader.read(10, PATIENCE))
            await asyncio.sleep(0.01 * number)  # given up at different stages
            appended = log.append([message("k", b"%d" % number)])
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            await appended
            if waiting.cancelled():
                assert [entry.value for entry in await reader.read(10, PATIENCE)] == [b"%d" % number]


async def test_the_extent_tells_what_there_is(log: Log) -> None:
    outcomes = positions(await log.append(talk(50, keys=10)))
    extents = await log.extent(Stream.MESSAGES)
    assert sum(each.records for each in extents.values()) == 50
    for shard, each in extents.items():
        held = sorted(offset_key(position.offset) for position in outcomes if position.shard == shard.number)
        ends = [held[0], held[-1]] if held else [(), ()]
        assert [offset_key(each.first), offset_key(each.last)] == ends


async def test_a_moment_is_found(log: Log) -> None:
    await log.append(talk(20, keys=4))
    [*_, last] = sorted(entry.at for entry in await take(log, 20))
    while time.time_ns() // 1_000_000 <= last + 1:
        await asyncio.sleep(0.001)  # the log's clock must go on, and nothing tells when it does
    await log.append(talk(20, keys=4, first=20))
    start = await log.at_time([Stream.MESSAGES], last + 1)
    assert sorted(int(entry.value) for entry in await take(log, 20, start)) == list(range(20, 40))
    end = await log.at_time([Stream.MESSAGES], last + 3_600_000)
    async with log.reader([Stream.MESSAGES], end) as reader:
        assert await reader.read(10, 0) == []
    assert len(await take(log, 40, await log.at_time([Stream.MESSAGES], 0))) == 40


async def test_the_newest_are_found(log: Log) -> None:
    assert await take(log, 0, await log.before_end(Stream.MESSAGES, 5)) == []
    await log.append(talk(20))
    assert [int(entry.value) for entry in await take(log, 5, await log.before_end(Stream.MESSAGES, 5))] == [
        *range(15, 20)
    ]
    assert len(await take(log, 20, await log.before_end(Stream.MESSAGES, 100))) == 20


async def test_what_was_committed_is_known_to_whoever_asks(subject: Subject, log: Log) -> None:
    await log.append([*talk(10, keys=3), Record(Stream.RECEIPTS, b"r", b"1")])
    entries = await take(log, 10)
    await log.commit("history:local", after(entries[:5]))
    assert await log.committed("history:local") == after(entries[:5])
    await log.commit("history:local", after(entries))
    await log.commit("history:local", {})
    await log.commit("other", after(await take(log, 1, stream=Stream.RECEIPTS)))
    async with subject.open() as again:
        assert await again.committed("history:local") == after(entries)
        assert {shard.stream for shard in await again.committed("other")} == {Stream.RECEIPTS}
        assert await again.committed("nobody") == {}


async def test_a_consumer_that_restarts_goes_on_behind_its_last_effect(log: Log) -> None:
    await log.append(talk(30, keys=4))
    effects: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while len(effects) < 30:  # one life after the other, each ending with records read whose effect was not taken
            async with log.reader([Stream.MESSAGES], await log.committed("c")) as reader:
                page = await reader.read(20, PATIENCE)
            effects += [int(entry.value) for entry in page[:10]]
            await log.commit("c", after(page[:10]))
    assert sorted(effects) == list(range(30))


async def test_the_lag_is_what_was_not_committed(log: Log) -> None:
    await log.append(talk(20, keys=4))
    entries = await take(log, 20)
    await log.commit("slow", {Shard(Stream.MESSAGES, shard): "" for shard in {e.position.shard for e in entries}})
    await log.commit("quick", after(entries[:15]))
    await log.commit("elsewhere", {Shard(Stream.RECEIPTS, 0): ""})
    assert await log.lag(Stream.MESSAGES) == {"slow": 20, "quick": 5}
    await log.append(talk(10, keys=4))
    assert await log.lag(Stream.MESSAGES) == {"slow": 30, "quick": 15}
    assert await log.lag(Stream.RECEIPTS) == {"elsewhere": 0}
    assert await log.lag(Stream.CONTACTS) == {}
