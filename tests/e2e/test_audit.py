"""`xasup audit` on a real backend: what real engines, the broker and the bridge leave behind is as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backend import Backend, running_backend
from tests.support.commands import Commands
from tests.support.engine import befriend, connect_string, engines
from xasup.client import MessageAdded
from xasup.protocol.states import State
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import Record
from xasup.wire.log.sweep import end_of, sweep

COUNT = 30


@pytest.fixture
def fresh_backend() -> Iterator[Backend]:
    """Others leave in a log what no audit would let pass."""
    with running_backend() as backend:
        yield backend


async def test_a_talk_passes_and_one_record_too_many_does_not(fresh_backend: Backend, tmp_path: Path) -> None:
    accounts = [connect_string(account) for account in await fresh_backend.users("alice", "bob")]
    async with engines(tmp_path, *accounts) as (alice, bob):
        await befriend(alice, bob)
        sent = [await alice.client.send(bob.user, f"text {number}") for number in range(COUNT)]
        for number in range(COUNT):
            got = await bob.hears(MessageAdded, lambda it, text=f"text {number}": it.message.text == text)  # type: ignore[misc]
            await bob.client.shown(got.message.conversation, [got.message.id])
        await alice.sees(sent[-1], State.READ)
        await _mirrored(fresh_backend, sent[-1])
    xasup = Commands(fresh_backend.settings.redis_url, fresh_backend.settings.data)
    devices = [f"--device={tmp_path / f'{account.client}.sqlite'}" for account in accounts]
    told = (await asyncio.to_thread(xasup, "audit", "--json", "--strict", *devices)).json[0]
    assert told["ok"], told["found"]
    assert told["read"]["messages"] >= COUNT and told["read"]["claims"] >= 2 * COUNT
    assert told["dropped"] == 0 and told["found"] == {}
    await _double(fresh_backend)
    again = await asyncio.to_thread(xasup, "audit", "--json")
    assert again.status == 1 and list(again.json[0]["found"]) == ["repeated"]


async def _mirrored(backend: Backend, id: str) -> None:
    """Wait until the log has the receipt that *id* was read."""
    async with open_log(backend.settings.log_url) as log, log.reader([Stream.RECEIPTS], {}) as reader:
        while not any(b'"read"' in entry.value and id.encode() in entry.value for entry in await reader.read(500, 10)):
            pass


async def _double(backend: Backend) -> None:
    """The first message once more."""
    async with open_log(backend.settings.log_url) as log:
        async for chunk in sweep(log, [Stream.MESSAGES], {}, await end_of(log, Stream.MESSAGES)):
            first = next(entry for entry in chunk if b"text 0" in entry.value)
            await log.append([Record(first.stream, first.key, first.value, list(first.headers.items()))])
            return
