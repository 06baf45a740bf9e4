"""The service on real Mosquitto and the real log in Redis: what a device missed, complete when it says so, and nobody
else's. Most of what the bridge would write is written by the tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.history.scribe import NOW, membership, message, poison, raw, receipt, write
from tests.support.backend import Backend, Person, people
from xasup.protocol import codec, envelope, topics
from xasup.protocol.envelope import Message
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.runtime import parts
from xasup.wire.log import open_log
from xasup.wire.log.port import Log, Record

SOON = 10.0  # seconds
_serial = count(1)


@pytest.fixture
async def log(backend: Backend) -> AsyncIterator[Log]:
    async with open_log(backend.settings.log_url) as log:
        yield log


@pytest.fixture
async def three(backend: Backend) -> AsyncIterator[list[Person]]:
    async with people(*await backend.users("alice", "bob", "carol")) as three:
        yield three


def id() -> str:
    return f"m{next(_serial)}"


async def since(someone: Person, **fields: Any) -> dict[str, Any]:
    return await someone.ask("history", op="since", **fields)


async def everything(someone: Person, **fields: Any) -> list[dict[str, Any]]:
    """All entries, page by page, as a device takes them."""
    entries: list[dict[str, Any]] = []
    while True:
        answer = await since(someone, **fields)
        assert answer["ok"], answer
        entries += answer["entries"]
        if not answer["more"]:
            return entries
        fields["position"] = answer["position"]


def texts(entries: list[dict[str, Any]]) -> list[str]:
    return [json.loads(entry["payload"])["text"] for entry in entries if "/msg/" in entry["topic"]]


async def test_what_was_stored_before_the_request_is_in_the_answer(three: list[Person], log: Log) -> None:
    alice, bob, _ = three
    position = (await since(bob))["position"]
    for number in range(100):  # no time between the log's word and the request
        [stored] = await write(log, message(alice.user, bob.user, id(), NOW + number, f"text {number}"))
        answer = await since(bob, position=position)
        assert (answer["ok"], answer["more"]) == (True, False)
        [entry] = answer["entries"]
        assert entry["topic"] == f"xasup/v1/u/{bob.user}/msg/{alice.user}"
        assert (entry["ts"], entry["log"]) == (NOW + number, str(stored))
        assert texts([entry]) == [f"text {number}"]
        position = answer["position"]
    assert (await since(bob, position=position))["entries"] == []


async def test_pages_with_one_peer_and_a_count(three: list[Person], log: Log) -> None:
    alice, bob, carol = three
    await write(log, *(message((alice, carol)[n % 2].user, bob.user, id(), text=f"{n}") for n in range(50)))
    answer = await since(bob, limit=20, count=True)
    assert (len(answer["entries"]), answer["more"], answer["left"]) == (20, True, 30)
    assert texts(await everything(bob, limit=7)) == [f"{n}" for n in range(50)]
    both = {"with": alice.user, "limit": 10}
    assert texts(await everything(bob, **both)) == [f"{n}" for n in range(0, 50, 2)]
    assert texts(await everything(alice, **{"with": bob.user})) == [f"{n}" for n in range(0, 50, 2)]
    assert await everything(alice, **{"with": carol.user}) == []


async def test_the_largest_messages_come_one_to_a_page_and_byte_for_byte(three: list[Person], log: Log) -> None:
    alice, bob, _ = three
    payloads = [b"\xff" * 65536, b"\x01" * 65536, b"small"]
    await write(log, *(raw(alice.user, bob.user, payload) for payload in payloads))
    entries = await everything(bob)
    assert [len(entry.get("base64", "")) for entry in entries] == [87384, 87384, 0]
    assert entries[2]["payload"] == "small"


async def test_receipts_come_to_both_sides_and_make_states(three: list[Person], log: Log) -> None:
    alice, bob, carol = three
    first = id()
    await write(log, message(alice.user, bob.user, first, NOW))
    await write(log, receipt(bob.user, alice.user, delivered=[first], at=NOW + 5))
    await write(log, receipt(bob.user, alice.user, read=[first], at=NOW + 9))
    for someone in (alice, bob):
        assert [entry["topic"].split("/")[4] for entry in await everything(someone)] == ["msg", "receipt", "receipt"]
    answer = await alice.ask("history", op="states", message=first)
    assert answer["states"] == [
        {"state": "stored", "ts": NOW},
        {"state": "delivered", "by": bob.user, "ts": NOW + 5},
        {"state": "read", "by": bob.user, "ts": NOW + 9},
    ]
    assert (answer["message"], answer["sender"]) == (first, alice.user)
    assert (await bob.ask("history", op="states", message=first, sender=alice.user))["states"] == answer["states"]
    refusals = [
        await carol.ask("history", op="states", message=asked, sender=alice.user) for asked in (first, "never-written")
    ]
    for refusal, asked in zip(refusals, (first, "never-written"), strict=True):
        assert (refusal["ok"], refusal["code"]) == (False, "unknown-message")
        assert refusal["reason"].replace(asked, "") == refusals[0]["reason"].replace(first, "")


async def test_a_group_is_seen_by_its_members_at_that_time(three: list[Person], log: Log, backend: Backend) -> None:
    alice, bob, carol = three
    group = backend.name("hikers")

    def say(text: str, at: int) -> Record:
        return message(alice.user, f"g:{group}", id(), at, text)

    await write(log, membership(alice.user, group, "owner", NOW), membership(bob.user, group, "invited", NOW + 1))
    await write(log, say("before", NOW + 2), membership(bob.user, group, "member", NOW + 3), say("during", NOW + 4))
    assert texts(await everything(bob)) == ["during"]
    await write(log, say("after the decision", NOW + 6), membership(bob.user, group, "none", NOW + 5))
    await write(log, say("after all", NOW + 7))
    assert texts(await everything(bob)) == texts(await everything(bob, **{"with": f"g:{group}"})) == ["during"]
    assert texts(await everything(alice)) == ["before", "during", "after the decision", "after all"]
    for group_of_others in (group, "never-founded"):
        answer = await since(carol, **{"with": f"g:{group_of_others}"}, count=True)
        assert (answer["ok"], answer["entries"], answer["more"], answer["left"]) == (True, [], False, 0)


async def test_a_position_of_another_store_begins_anew(three: list[Person], log: Log) -> None:
    alice, bob, _ = three
    await write(log, message(alice.user, bob.user, id(), text="one"))
    generation = (await since(bob))["position"].partition(".")[0]
    for position in ("0123456789abcdef.1", f"{generation}.999999999"):
        answer = await since(bob, position=position)
        assert (answer["reset"], texts(answer["entries"])) == (True, ["one"])
    assert "reset" not in await since(bob, position=f"{generation}.0")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"op": "since", "position": "elsewhere"}, "position"),
        ({"op": "since", "limit": 0}, "limit"),
        ({"op": "since", "limit": 501}, "limit"),
        ({"op": "since", "with": "g:"}, "with"),
        ({"op": "since", "with": "Bob"}, "with"),
        ({"op": "since", "user": "bob"}, "user"),
        ({"op": "states"}, "message"),
        ({"op": "states", "message": "a b"}, "a b"),
        ({"op": "forget"}, "op"),
    ],
)
async def test_a_malformed_request_is_answered(three: list[Person], fields: dict[str, Any], reason: str) -> None:
    answer = await three[0].ask("history", **fields)
    assert (answer["ok"], answer["code"]) == (False, "malformed")
    assert reason in answer["reason"]


async def test_what_is_no_request_is_answered_too(three: list[Person]) -> None:
    for payload in (b"", b"{", b"\xff", b"[]", b"null"):
        await three[0].send_request("history", payload)
        answer = await three[0].answer(None)
        assert (answer["ok"], answer["code"]) == (False, "malformed")


async def test_nobody_asks_for_somebody_else(three: list[Person], log: Log) -> None:
    alice, bob, carol = three
    await write(log, message(alice.user, bob.user, id(), text="secret"))
    assert texts(await everything(bob)) == ["secret"]
    for peer in (alice.user, bob.user, carol.user, f"g:{alice.user}"):
        assert await everything(carol, **{"with": peer}) == []
    carol_asks = codec.encode({"id": "r", "op": "since"})
    with pytest.raises(Exception, match="not you|not-you|refused|135|0x87"):
        await carol.wire.publish(f"xasup/v1/svc/history/request/{bob.user}", carol_asks)


async def test_more_than_eight_requests_at_once_are_too_many(three: list[Person], log: Log) -> None:
    alice = three[0]
    ids = [alice.new_id() for _ in range(40)]
    await asyncio.gather(*(alice.send_request("history", codec.encode({"id": r, "op": "since"})) for r in ids))
    answers = [await alice.answer(r) for r in ids]
    assert sum(answer["ok"] for answer in answers) >= 8
    assert {answer.get("code", "ok") for answer in answers} <= {"ok", "unavailable"}


async def test_it_tells_what_it_does(three: list[Person], log: Log, backend: Backend) -> None:
    alice, bob, _ = three
    await write(log, poison(), message(alice.user, bob.user, id()))
    await everything(bob)
    part = await parts.look_at(backend.settings, "history")
    assert part.well, part
    assert part.facts["skipped"] >= 1
    port = json.loads((backend.settings.run / "history.json").read_bytes())["port"]
    reader, writer = await asyncio.open_connection(parts.HOST, port)
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    page = (await reader.read()).decode()
    writer.close()
    for name in ("records_total", "lag_records", "batch_seconds_bucket", "answer_seconds_bucket", "skipped_total"):
        assert f"xasup_history_{name}" in page


# ---- what is away


@pytest.fixture
async def two(own_backend: Backend) -> AsyncIterator[list[Person]]:
    async with people(*await own_backend.users("alice", "bob")) as two:
        yield two


@pytest.fixture
async def own_log(own_backend: Backend) -> AsyncIterator[Log]:
    async with open_log(own_backend.settings.log_url) as log:
        yield log


async def test_killed_in_the_middle_nothing_is_missing_and_nothing_twice(
    two: list[Person], own_log: Log, own_backend: Backend
) -> None:
    alice, bob = two
    written = 0

    async def write_on() -> None:
        nonlocal written
        while True:
            records: list[Record] = [message(alice.user, bob.user, id(), text=f"{written + n}") for n in range(100)]
            await write(own_log, *records, records[0])  # as a bridge that starts again might
            written += 100

    position, found = None, list[str]()
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write_on())
        for _ in range(3):
            goal = written + 2000
            while written < goal:
                await asyncio.sleep(0.001)  # the load comes in time
            own_backend.history.restart(signal.SIGKILL)
        writing.cancel()
    while True:
        answer = await since(bob, limit=500, **({"position": position} if position else {}))
        if not answer["ok"]:
            continue  # it is still catching up
        found += texts(answer["entries"])
        position = answer["position"]
        assert "reset" not in answer
        if not answer["more"]:
            break
    assert len(found) >= written
    assert found == [f"{n}" for n in range(len(found))]


async def test_without_the_log_nobody_is_told_that_there_is_no_more(
    two: list[Person], own_log: Log, own_backend: Backend
) -> None:
    alice, bob = two
    await write(own_log, *(message(alice.user, bob.user, id(), text=f"{n}") for n in range(10)))
    assert len(await everything(bob)) == 10
    own_backend.redis.freeze()
    answer = await since(bob)
    assert (answer["ok"], answer["code"]) == (False, "unavailable")
    answer = await since(bob, limit=5)
    assert (answer["ok"], answer["more"]) == (True, True), "what is known can be told"
    own_backend.redis.thaw()
    async with asyncio.timeout(SOON):
        while not (await since(bob))["ok"]:
            pass
    assert len(await everything(bob)) == 10


async def test_a_store_made_anew_from_the_log_has_everything(
    two: list[Person], own_log: Log, own_backend: Backend
) -> None:
    alice, bob = two
    await write(own_log, *(message(alice.user, bob.user, id(), text=f"{n}") for n in range(10)))
    before = await since(bob)
    own_backend.history.stop(signal.SIGKILL)
    for file in own_backend.settings.history.parent.iterdir():
        file.unlink()
    own_backend.history.start()
    async with asyncio.timeout(SOON):
        while not (answer := await since(bob, position=before["position"]))["ok"]:
            pass
    assert answer["reset"]
    assert answer["entries"] == before["entries"]
    assert answer["position"] != before["position"]


async def test_from_one_device_through_the_broker_and_the_log_to_another(
    two: list[Person], own_backend: Backend
) -> None:
    """With the bridge and contacts: what was said, who was in, and what was refused."""
    alice, bob = two
    await own_backend.friends(alice, bob)
    group = own_backend.name("hikers")
    place = topics.group_message(GroupId(group), UserId(alice.user))
    await alice.ask("groups", op="create", group=group, members=[bob.user])
    await say(alice, place, "before")
    await bob.ask("groups", op="join", group=group)
    await member_in_history(alice, bob, group, place)
    await alice.ask("groups", op="remove", group=group, user=bob.user)
    await say(alice, place, "after")
    await say(alice, topics.message(UserId(bob.user), UserId(alice.user)), "to bob")
    found = texts(await everything(bob))
    assert "before" not in found
    assert found[-1] == "to bob"
    assert set(found[:-1]) == {"during"}
    assert texts(await everything(alice))[-2:] == ["after", "to bob"]


async def say(someone: Person, topic: str, text: str) -> None:
    """Stored when it returns."""
    message_id = MessageId(id())
    await someone.wire.publish(topic, envelope.encode(Message(message_id, NOW, text, 1)))
    async with asyncio.timeout(SOON):
        while message_id not in [it for stored in someone.events("stored") for it in stored["ids"]]:
            await someone.arrived("stored", len(someone.events("stored")) + 1)


async def member_in_history(alice: Person, bob: Person, group: str, place: str) -> None:
    """Talk until bob finds some of it: his membership has come to the log."""
    async with asyncio.timeout(SOON):
        while not await everything(bob, **{"with": f"g:{group}"}):
            await say(alice, place, "during")


def test_without_its_secret_it_ends_and_says_why(tmp_path: Path) -> None:
    environment = {**os.environ, "XASUP_DATA": str(tmp_path)}
    words = [sys.executable, "-m", "history"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "the token of a service cannot be read" in done.stderr
