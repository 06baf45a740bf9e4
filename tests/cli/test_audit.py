"""`xasup audit` on a real log, with files of devices and of history."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.world import DAY, good, message, put, receipt
from tests.support.commands import Commands
from tests.support.redis import running_redis
from xasup.protocol.ids import ClientId
from xasup.protocol.states import State
from xasup.runtime.settings import Settings
from xasup.wire.log import open_log
from xasup.wire.log.port import Position, Record
from xasup.wire.mailboxes import Batch, Letter
from xasup.wire.mailboxes import open_file as open_mailboxes
from xasup.wire.redis.link import Link
from xasup.wire.store import open_file
from xasup.wire.store.rows import Arrival, Task

ALICE, BOB = ClientId.parse("alice:laptop"), ClientId.parse("bob:phone")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_redis() as redis:
        yield redis.url


@pytest.fixture
def xasup(url: str, tmp_path: Path) -> Commands:
    """On an empty log."""

    async def empty() -> None:
        link = Link(url)
        await link.ask([("FLUSHALL",)])
        await link.close()

    asyncio.run(empty())
    return Commands(url, tmp_path)


def append(xasup: Commands, records: list[Record]) -> list[Position]:
    async def append() -> list[Position]:
        async with open_log(xasup.url) as log:
            return await put(log, records)

    return asyncio.run(append())


def device(path: Path, client: ClientId, *lines: tuple[Record, str, State]) -> Path:
    """The file of a device that has these, with the id and the state of each."""
    store = open_file(path, client)
    with store.transaction():
        store.inbox.add(
            [
                Arrival("bob", dict(record.headers)["from"].decode(), id, record.value, DAY, state, Task.NONE)
                for record, id, state in lines
            ]
        )
    store.close()
    return path


def history(data: Path, *letters: tuple[Record, str, str]) -> None:
    """History's file with these messages, by id and position."""
    boxes = open_mailboxes(Settings(data=data).history, lambda: "0123456789abcdef")
    kept = [
        Letter(number, dict(record.headers)["ce_subject"].decode(), id, DAY, position, record.value)
        for number, (record, id, position) in enumerate(letters)
    ]
    boxes.keep(Batch({}, letters=kept, count=len(kept)))
    boxes.close()


def test_a_good_log_passes(xasup: Commands, tmp_path: Path) -> None:
    append(xasup, good())
    done = xasup.done("audit", "--strict")
    assert done.out.splitlines()[-1] == "audit: ok"
    assert "all messages that there ever were" in done.out and "FAIL" not in done.out
    facts = xasup.facts("audit")
    assert facts["ok"] and facts["dropped"] is None and facts["found"] == {}
    assert facts["read"] == {"messages": 7, "receipts": 6, "decisions": 4, "claims": 0}


def test_what_fails_is_told_with_its_ids(xasup: Commands) -> None:
    append(xasup, [*good(), message("a2", 2, 11), receipt(30, read=["ghost"])])
    done = xasup("audit")
    assert done.status == 1
    assert "FAIL  repeated" in done.out and "alice a2: 2 times, at 0/" in done.out
    assert done.out.splitlines()[-1] == "audit: 2 found"
    told = xasup("audit", "--json").json[0]
    assert told["failed"] == 2 and told["found"]["repeated"]["ids"][0]["who"] == "alice a2"


def test_gaps_fail_where_that_is_asked_for(xasup: Commands) -> None:
    append(xasup, [*good(), message("a9", 9, 15)])
    assert "note  number-gap" in xasup.done("audit").out
    strict = xasup("audit", "--strict")
    assert strict.status == 1 and "FAIL  number-gap" in strict.out
    assert "4 to 8 of laptop in alice:bob missing before it" in strict.out


def test_files_of_devices_are_compared(xasup: Commands, tmp_path: Path) -> None:
    append(xasup, good())
    kept = (message("a1", 1, 10), "a1", State.STORED)
    lost, unsent = message("a7", 7, 20), message("a8", 8, 20)
    alice = device(tmp_path / "a", ALICE, kept, (lost, "a7", State.DELIVERED), (unsent, "a8", State.SENT))
    bob = device(tmp_path / "b", BOB, kept, (lost, "a7", State.DELIVERED))
    assert xasup.facts("audit", "--device", str(device(tmp_path / "c", BOB, kept)))["read"]["claims"] == 1
    done = xasup("audit", "--device", str(alice), "--device", str(bob))
    assert done.status == 1
    assert [line.strip() for line in done.out.splitlines() if "has it" in line] == [
        "alice a7: alice:laptop has it",
        "alice a7: bob:phone has it",
    ]


def test_history_is_compared_with_the_positions_that_it_names(xasup: Commands, tmp_path: Path) -> None:
    first, second = message("a1", 1, 10), message("a2", 2, 11)
    positions = append(xasup, [first, second])
    history(tmp_path, (first, "a1", str(positions[0])), (second, "a2", str(positions[0])))
    told = xasup("audit", "--json").json[0]
    assert told["read"]["claims"] == 2
    assert [it["who"] for it in told["found"]["displaced"]["ids"]] == ["alice a2"]


def test_what_is_no_file_of_a_device_is_said(xasup: Commands, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("not SQLite")
    done = xasup("audit", "--device", str(tmp_path / "x"))
    assert done.status == 2 and "expected the file of a device" in done.err
    assert xasup("audit", "--device", str(tmp_path / "none")).status == 2


def test_it_follows_until_something_fails(xasup: Commands) -> None:
    append(xasup, good())
    with xasup.start("audit", "--json", "--follow", "0.1") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ok"]
        append(xasup, [message("a1", 1, 10)])
        while (told := json.loads(process.stdout.readline()))["ok"]:
            pass
        assert list(told["found"]) == ["repeated"]
        assert process.wait(10) == 1
