"""`xasup log`: what the log holds is shown, inert and in constant memory; dead letters are dealt with, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge import dead_letters
from bridge.ways import Ways
from tests.support.commands import Commands
from tests.support.redis import running_redis
from xasup.cli.log import key_of
from xasup.cli.since import parse_since
from xasup.protocol import codec, envelope, receipts, topics
from xasup.protocol.envelope import Message
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.receipts import Receipt
from xasup.protocol.streams import Header, Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import Entry, Position, Record, Shard
from xasup.wire.log.sweep import end_of, find, sweep

ALICE, BOB, CAROL = UserId("alice"), UserId("bob"), UserId("carol")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WHEN = b"2026-11-26T10:00:00.000Z"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_redis() as redis:
        yield redis.url


@pytest.fixture
def xasup(url: str, tmp_path: Path) -> Commands:
    """On an empty log."""
    asyncio.run(_empty(url))
    return Commands(url, tmp_path)


async def _empty(url: str) -> None:
    from xasup.wire.redis.link import Link

    link = Link(url)
    await link.ask([("FLUSHALL",)])
    await link.close()


def message(id: str, text: str, sender: UserId = ALICE, to: UserId = BOB) -> Record:
    return mirrored(topics.message(to, sender), envelope.encode(Message(MessageId(id), 1, text)), id)


def receipt(*ids: str) -> Record:
    read = receipts.encode(Receipt(read=tuple(MessageId(id) for id in ids)))
    return mirrored(topics.receipt(ALICE, BOB), read, "given")


def mirrored(topic: str, payload: bytes, id: str) -> Record:
    """As the bridge does it."""
    way = Ways("n1").find(topic.encode())
    return Record(way.stream, way.key, payload, [*way.headers, (Header.ID, id.encode()), (Header.TIME, WHEN)])


def letter(topic: str, payload: bytes, reason: str = "ts: expected a whole number") -> Record:
    return dead_letters.bury(Ways("n1").find(topic.encode()), payload, Malformed(reason), "given", WHEN)


def put(xasup: Commands, *records: Record) -> list[Position]:
    async def append() -> list[Position]:
        async with open_log(xasup.url) as log:
            outcomes = await log.append(records)
            assert all(isinstance(outcome, Position) for outcome in outcomes)
            return outcomes  # type: ignore[return-value]

    return asyncio.run(append())


def held(xasup: Commands, stream: Stream) -> list[Entry]:
    async def read() -> list[Entry]:
        async with open_log(xasup.url) as log:
            return [it async for chunk in sweep(log, [stream], {}, await end_of(log, stream)) for it in chunk]

    return asyncio.run(read())


def texts(lines: Sequence[dict[str, str]]) -> list[str]:
    return [json.loads(line["payload"])["text"] for line in lines]


# ---- since ----


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("10m", "2026-11-26T11:50:00+00:00"),
        ("90s", "2026-11-26T11:58:30+00:00"),
        ("2d", "2026-11-24T12:00:00+00:00"),
        ("2026-11-26T10:00", "2026-11-26T10:00:00+00:00"),
        ("2026-11-26T10:00+02:00", "2026-11-26T08:00:00+00:00"),
        ("2026-11-26", "2026-11-26T00:00:00+00:00"),
    ],
)
def test_moments_are_read_as_people_type_them(typed: str, expected: str) -> None:
    assert datetime.fromtimestamp(parse_since(typed, NOW) / 1000, UTC).isoformat() == expected


@pytest.mark.parametrize("typed", ["", "10", "m", "-5m", "10 m", "yesterday", "999999999d", "٣m", "9" * 30 + "s"])
def test_other_moments_are_malformed(typed: str) -> None:
    with pytest.raises(Malformed, match="expected 10m"):
        parse_since(typed, NOW)


# ---- tail ----


def test_tail_shows_the_newest_oldest_first(xasup: Commands) -> None:
    put(xasup, *(message(f"m{number}", f"text {number}") for number in range(30)))
    lines = xasup.done("log", "tail").out.splitlines()
    assert [line.partition(": ")[2] for line in lines] == [f"text {number}" for number in range(10, 30)]
    assert " alice -> bob: text 29" in lines[-1]
    assert texts(xasup.done("log", "tail", "--limit", "2", "--json").json) == ["text 28", "text 29"]


def test_tail_shows_one_conversation_however_far_back(xasup: Commands) -> None:
    put(xasup, message("a", "to bob"), *(message(f"m{n}", "noise", CAROL) for n in range(2500)))
    put(xasup, mirrored(topics.group_message("hikers", ALICE), b"plain text", "given"))  # type: ignore[arg-type]
    for spelled in ("alice:bob", "bob:alice"):
        assert texts(xasup.done("log", "tail", "--conversation", spelled, "--json").json) == ["to bob"]
    [line] = xasup.done("log", "tail", "--conversation", "g:hikers", "--json").json
    assert (line["key"], line["payload"], line["headers"]["to"]) == ("g:hikers", "plain text", "hikers")


def test_tail_since_begins_there_and_ends_at_the_limit(xasup: Commands) -> None:
    put(xasup, *(message(f"m{n}", f"text {n}") for n in range(5)))
    assert texts(xasup.done("log", "tail", "--since", "1h", "--json").json) == [f"text {n}" for n in range(5)]
    assert texts(xasup.done("log", "tail", "--since", "1h", "--limit", "2", "--json").json) == ["text 0", "text 1"]
    assert xasup.done("log", "tail", "--since", "2999-01-01").out == ""


def test_tail_of_an_empty_log_prints_nothing(xasup: Commands) -> None:
    assert [xasup.done("log", "tail", "--stream", short).out for short in ("messages", "contacts")] == ["", ""]


def test_tail_follows(xasup: Commands) -> None:
    put(xasup, message("a", "before"))
    with xasup.start("log", "tail", "-f", "--json") as process:
        assert process.stdout is not None
        assert texts([json.loads(process.stdout.readline())]) == ["before"]
        put(xasup, message("b", "after"))
        assert texts([json.loads(process.stdout.readline())]) == ["after"]
        process.terminate()


def test_all_kinds_of_records_have_a_line(xasup: Commands) -> None:
    decision = codec.encode({"what": "contacts.accept", "by": "bob", "ts": 1, "subject": ["bob", "alice"]})
    put(xasup, receipt("a", "b"), Record(Stream.CONTACTS, b"bob", decision), letter("odd", b"x", "not a topic"))
    for stream, expected in (
        ("receipts", "bob -> alice: read a b"),
        ("contacts", "bob: contacts.accept bob alice by bob"),
        ("dead-letters", "odd: not a topic"),
    ):
        assert xasup.done("log", "tail", "--stream", stream).out.rstrip().endswith(expected)


def test_foreign_text_is_harmless(xasup: Commands) -> None:
    put(xasup, message("a", "\x1b]0;owned\x07\u202e\n2026-01-01 forged"), letter("t", b"\xff\x1b[2J", "\x1b[31m"))
    [position] = [entry.position for entry in held(xasup, Stream.DEAD_LETTERS)]
    for command in (["tail"], ["tail", "--stream", "dead-letters"], ["dead-letters", "list"]):
        out = xasup.done("log", *command).out
        assert "\x1b" not in out and "\u202e" not in out and len(out.splitlines()) <= 2
    shown = xasup.done("log", "dead-letters", "show", str(position))
    assert "\x1b" not in shown.out and "base64: /xtbMko=" in shown.out
    assert "\x1b" not in xasup.done("log", "tail", "--json").out


@pytest.mark.parametrize("conversation", ["alice", "alice:", ":bob", "Alice:bob", "g:", "g:a:b"])
def test_what_is_no_conversation_is_refused(xasup: Commands, conversation: str) -> None:
    result = xasup("log", "tail", "--conversation", conversation)
    assert result.status == 2 and "expected" in result.err


def test_keys_are_those_of_the_log() -> None:
    assert key_of("bob:alice") == b"alice:bob" == message("a", "x").key


def test_without_a_log_the_next_step_is_named(tmp_path: Path) -> None:
    for command in (["tail"], ["stats"], ["dead-letters", "list"]):
        result = Commands(f"unix://{tmp_path}/nowhere", tmp_path)("log", *command)
        assert result.status == 2 and "does the backend run? `xasup status`" in result.err


# ---- stats ----


def test_stats_tell_sizes_and_lags(xasup: Commands) -> None:
    [*_, last] = put(xasup, *(message(f"m{n}", "x") for n in range(10)))

    async def commit() -> None:
        async with open_log(xasup.url) as log:
            await log.commit("history", {Shard(Stream.MESSAGES, 0): last.offset})

    asyncio.run(commit())
    put(xasup, message("n", "y"))
    found = {line["stream"]: line for line in xasup.done("log", "stats", "--json").json}
    assert list(found) == ["messages", "receipts", "contacts", "dead-letters"]
    assert found["messages"]["records"] == 11 and found["messages"]["lag"] == {"history": 1}
    assert 0 < found["messages"]["first"] <= found["messages"]["last"]
    assert found["receipts"] | {"lag": {}} == {
        "stream": "receipts", "first": 0, "last": 0, "records": 0, "bytes": 0, "lag": {},
    }  # fmt: skip
    assert "history 1" in xasup.done("log", "stats").out


# ---- dead letters ----

GOOD = envelope.encode(Message(MessageId("id1"), 1, "now understood"))


def test_dead_letters_are_listed_without_what_they_say_and_shown_with_it(xasup: Commands) -> None:
    put(xasup, letter(topics.message(BOB, ALICE), b'{"id":"secret"}', "text: expected a string"))
    listed = xasup.done("log", "dead-letters", "list").out
    assert "xasup/v1/u/bob/msg/alice" in listed and "text: expected a string" in listed and "secret" not in listed
    [fact] = xasup.done("log", "dead-letters", "list", "--json").json
    shown = xasup.facts("log", "dead-letters", "show", fact["position"])
    assert shown["payload"] == '{"id":"secret"}' and shown["headers"]["reason"] == "text: expected a string"
    assert '{"id":"secret"}' in xasup.done("log", "dead-letters", "show", fact["position"]).out


def test_what_is_understood_now_goes_where_it_belongs(xasup: Commands) -> None:
    read = receipts.encode(Receipt(read=(MessageId("id1"),)))
    put(xasup, letter(topics.message(BOB, ALICE), GOOD), letter(topics.receipt(ALICE, BOB), read))
    done = xasup.done("log", "dead-letters", "retry", "--all", "--json").json
    assert [line["settled"] for line in done] == ["retried", "retried"]
    [entry] = held(xasup, Stream.MESSAGES)
    assert (entry.key, entry.value) == (b"alice:bob", GOOD)
    assert entry.headers == dict(mirrored(topics.message(BOB, ALICE), GOOD, "id1").headers), "as if it came just then"
    assert done[0]["where"] == f"messages {entry.position}"
    assert [entry.value for entry in held(xasup, Stream.RECEIPTS)] == [read]
    assert xasup.done("log", "dead-letters", "list", "--json").json == []
    assert len(xasup.done("log", "dead-letters", "list", "--all", "--json").json) == 2


def test_a_message_that_the_log_holds_is_not_added_again(xasup: Commands) -> None:
    [there] = put(xasup, message("id1", "now understood"))
    put(xasup, letter(topics.message(BOB, ALICE), GOOD))
    [line] = xasup.done("log", "dead-letters", "retry", "--all", "--json").json
    assert line["where"] == f"messages {there}"
    assert len(held(xasup, Stream.MESSAGES)) == 1


@pytest.mark.parametrize(
    ("topic", "payload", "reason", "told"),
    [
        ("xasup/v1/u/bob/msg/alice", b'{"id":"x"}', "", "still not understood: text"),
        ("xasup/v1/u/bob/typing/alice", b"{}", "", "still not understood"),
        ("nonsense", GOOD, "", "still not understood"),
        ("xasup/v1/u/bob/msg/alice", GOOD, "cut", "not whole"),
        ("xasup/v1/u/bob/msg/alice", GOOD, "conflict", "its id is taken by another message"),
    ],
)
def test_what_cannot_be_retried_stays_and_says_why(
    xasup: Commands, topic: str, payload: bytes, reason: str, told: str
) -> None:
    buried = letter(topic, payload)
    if reason == "conflict":
        put(xasup, message("id1", "another text"))
    before = len(held(xasup, Stream.MESSAGES))
    put(xasup, dead_letters.cut(buried, len(payload) - 1) if reason == "cut" else buried)
    result = xasup("log", "dead-letters", "retry", "--all")
    assert result.status == 1 and told in result.out
    assert len(xasup.done("log", "dead-letters", "list", "--json").json) == 1
    assert len(held(xasup, Stream.MESSAGES)) == before


def test_drop_settles_once_and_keeps_the_letter(xasup: Commands) -> None:
    [first, second] = put(xasup, letter("a", b"x"), letter("b", b"y"))
    assert xasup.done("log", "dead-letters", "drop", str(first)).out == f"{first} is dropped\n"
    assert xasup.done("log", "dead-letters", "drop", str(first)).out == f"{first} was dropped before\n"
    [left] = xasup.done("log", "dead-letters", "list", "--json").json
    assert left["position"] == str(second)
    assert xasup.facts("log", "dead-letters", "show", str(first))["settled"] == "dropped"
    assert len(held(xasup, Stream.DEAD_LETTERS)) == 3, "two letters, and that one is settled"


def test_positions_that_are_none_are_refused(xasup: Commands) -> None:
    put(xasup, letter("a", b"x"))
    xasup.done("log", "dead-letters", "drop", "--all")
    settled = held(xasup, Stream.DEAD_LETTERS)[-1].position
    for position, status in ((str(settled), 1), ("0/1-1", 1), ("7/1-1", 1), ("wat", 2)):
        assert xasup("log", "dead-letters", "show", position).status == status
    for command in (["drop"], ["drop", "--all", "0/1-1"], ["retry"]):
        assert xasup("log", "dead-letters", *command).status == 2


async def test_a_record_is_found_where_it_is(url: str) -> None:
    await _empty(url)
    async with open_log(url) as log:
        outcomes = await log.append([letter(f"t{number}", b"x") for number in range(3)])
        for number, position in enumerate(outcomes):
            assert isinstance(position, Position)
            entry = await find(log, Stream.DEAD_LETTERS, position)
            assert entry is not None and entry.headers[Header.SUBJECT] == b"t%d" % number
        assert await find(log, Stream.MESSAGES, outcomes[0]) is None  # type: ignore[arg-type]
