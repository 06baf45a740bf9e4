"""What a newer xasup has written is left alone, with a sentence that says so: each kind of data, and a control."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from history.consumer import Consumer
from history.metrics import Metrics
from tests.support.commands import XASUP, Commands
from tests.support.redis import RedisServer
from xasup.client.accounts import Accounts, Known
from xasup.protocol import codec, connect, streams
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId
from xasup.runtime import layout
from xasup.wire import mailboxes, store
from xasup.wire.log.port import Entry, Position
from xasup.wire.truth import open_truth, schema
from xasup.wire.truth.memory import MemoryTruth

ME = ClientId.parse("alice:laptop")


def numbered(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"PRAGMA user_version = {number}")


def test_a_data_directory(tmp_path: Path) -> None:
    layout.require(tmp_path)
    layout.require(tmp_path)  # the control
    (tmp_path / "layout").write_text(f"{layout.LAYOUT + 1}\n")
    with pytest.raises(Unavailable, match="written by a newer xasup .layout 2"):
        layout.require(tmp_path)
    (tmp_path / "layout").write_text("?")
    with pytest.raises(Unavailable, match="should hold the number"):
        layout.require(tmp_path)
    (tmp_path / "layout").write_text("2")
    done = subprocess.run(
        [*XASUP, "up", "--data", str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2 and "newer xasup" in done.stderr


async def test_a_truth(redis: RedisServer, tmp_path: Path) -> None:
    async with open_truth(redis.url) as truth:
        assert await schema.check(truth) == 0
        await schema.require(truth)
        assert await truth.schema() == schema.SCHEMA
        await schema.require(truth)  # the control
        await truth.set_schema(schema.SCHEMA + 1)
        with pytest.raises(Unavailable, match="written by a newer xasup .schema 2"):
            await schema.require(truth)
        assert await truth.schema() == schema.SCHEMA + 1
    done = await asyncio.to_thread(Commands(redis.url, tmp_path), "users", "create", "alice")
    assert done.status == 2 and "newer xasup" in done.err


async def test_its_memory_twin() -> None:
    truth = MemoryTruth()
    await schema.require(truth)
    await truth.set_schema(schema.SCHEMA + 1)
    with pytest.raises(Unavailable, match="newer xasup"):
        await schema.check(truth)


def test_the_history(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    mailboxes.open_file(path, lambda: "0" * 16).close()
    mailboxes.open_file(path, lambda: "0" * 16).close()  # the control
    numbered(path, 99)
    for opened in (lambda: mailboxes.open_file(path, lambda: "0" * 16), lambda: mailboxes.open_lookup(path)):
        with pytest.raises(Unavailable, match="made by a newer xasup .layout 99"):
            opened()


def test_a_devices_file(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    store.open_file(path, ME).close()
    store.open_file(path, ME).close()  # the control
    numbered(path, 99)
    with pytest.raises(Unavailable, match=r"newer xasup .schema 99.*, or, where there was no newer one, move it away"):
        store.open_file(path, ME)


def test_a_kept_account(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts")
    account = accounts.keep(Known(connect.parse("xasup://alice:TOKEN@127.0.0.1:1883/laptop")))
    assert accounts.all() == [account] and accounts.newer() == []  # the control
    [path] = (tmp_path / "accounts").iterdir()
    written = codec.encode(codec.decode_object(path.read_bytes()) | {"format": 2})
    path.write_bytes(written)
    assert (accounts.all(), accounts.broken(), accounts.newer()) == ([], [], [path])
    with pytest.raises(Unavailable, match="written by a newer xasup"):
        accounts.let_in(account, 1)
    assert path.read_bytes() == written


def test_an_account_kept_before_there_were_formats_opens(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts")
    account = accounts.keep(Known(connect.parse("xasup://alice:TOKEN@127.0.0.1:1883/laptop")))
    [path] = (tmp_path / "accounts").iterdir()
    fields = codec.decode_object(path.read_bytes())
    del fields["format"]
    path.write_bytes(codec.encode(fields))
    assert accounts.all() == [account]


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({}, True),
        ({"ce_specversion": b"1.0"}, True),
        ({"ce_specversion": b"1.1"}, True),
        ({"ce_specversion": b"2.0"}, False),
        ({"ce_specversion": b"10.0"}, False),
        ({"ce_specversion": b""}, False),
    ],
)
def test_a_record_of_the_log_by_its_headers(headers: dict[str, bytes], known: bool) -> None:
    assert streams.readable(headers) is known


async def test_history_waits_before_a_record_that_it_does_not_know() -> None:
    """To skip it would be to lose it."""

    class Shelf:
        async def keep(self, batch: object) -> None:
            pytest.fail("it was taken")

    entry = Entry("xasup.messages", Position(0, "1-1"), b"", b"", {"ce_specversion": b"2.0"}, 0)
    consumer = Consumer(None, Shelf(), Metrics(lambda: 0.0))  # type: ignore[arg-type]
    with pytest.raises(Unavailable, match=r"xasup\.messages 0/1-1: written by a newer xasup"):
        await consumer._take([entry])
    assert consumer.cursor == {}
