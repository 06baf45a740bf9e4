"""Checks of promises, and what each says when the habit behind it is broken: the proof that they can fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.client.test_durability import told_once
from tests.support.bare import BareBroker
from tests.support.engine import arrives, at, engine, engines, peer, writes
from xasup.client.arrivals import Key, Known, Verdict
from xasup.client.habits import Habits
from xasup.client.sorting import Arrived
from xasup.protocol import codec, topics
from xasup.protocol.ids import UserId
from xasup.wire.store import DeviceStore, Draft, Line, SqliteStore, open_file

ALICE, BOB = UserId("alice"), UserId("bob")


class SlowStore:
    """The message m1 does not become durable while the gate is closed."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.gate, self.waiting = threading.Event(), threading.Event()
        self.gate.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._store.transaction():
            yield
            if not self.gate.is_set() and self._store.history.find(["m1"]):
                self.waiting.set()
                assert self.gate.wait(20)


async def delivered_only_when_durable(bare: BareBroker, folder: Path, habits: Habits) -> None:
    """The check: no receipt while the recipient's disk is still writing; one when it has written."""
    account = at(bare, "bob")
    store = SlowStore(open_file(folder / "bob.sqlite", account.client))
    opener: Callable[[], DeviceStore] = lambda: store  # type: ignore[assignment, return-value] # noqa: E731
    async with (
        peer(bare, "alice") as alice,
        engine(account, folder / "bob.sqlite", opener=opener, habits=habits) as bob,
    ):
        await bob.client.online()
        store.gate.clear()
        try:
            await writes(alice, "bob", {"id": "m1", "ts": 1, "n": 1, "text": "hi"})
            assert await asyncio.to_thread(store.waiting.wait, 20)
            await bob.client.typing("alice")  # a fence: whatever bob said before it has arrived
            await arrives(alice, topics.typing(ALICE, BOB))
            early = [it for it in alice.mail if it.topic == topics.receipt(ALICE, BOB)]
        finally:
            store.gate.set()
        assert early == []
        assert codec.decode(await arrives(alice, topics.receipt(ALICE, BOB))) == {"delivered": ["m1"]}


async def accepted_is_kept(bare: BareBroker, folder: Path, habits: Habits) -> None:
    """The check: what was accepted without a broker goes out after a restart."""
    bare.stop()
    async with engine(at(bare, "alice"), folder / "alice.sqlite", habits=habits) as alice:
        await alice.client.send("bob", "kept")
    await bare.start()
    async with peer(bare, "bob") as bob, engine(at(bare, "alice"), folder / "alice.sqlite") as alice:
        await alice.client.online()
        await alice.client.send("bob", "fence")
        first = codec.decode(await arrives(bob, topics.message(BOB, ALICE)))
        assert first["text"] == "kept"


async def test_delivered_is_said_only_when_it_is_durable(bare: BareBroker, tmp_path: Path) -> None:
    await delivered_only_when_durable(bare, tmp_path, Habits())


async def test_what_was_accepted_is_kept(bare: BareBroker, tmp_path: Path) -> None:
    await accepted_is_kept(bare, tmp_path, Habits())


async def test_control_without_deduplication_it_is_told_again(bare: BareBroker, tmp_path: Path) -> None:
    def everything_is_new(known: Mapping[Key, Known], arrived: Sequence[Arrived]) -> list[Verdict]:
        return [Verdict.NEW for _ in arrived]

    habits = Habits(judge=everything_is_new)
    async with engines(tmp_path, at(bare, "alice"), habits=habits) as [alice], peer(bare, "bob") as bob:
        with pytest.raises(AssertionError, match="m1"):
            await told_once(alice, bob)


async def test_control_receipts_sent_too_early_are_noticed(bare: BareBroker, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="early|Incoming|receipt"):
        await delivered_only_when_durable(bare, tmp_path, Habits(early_receipts=True))


async def test_control_without_an_outbox_it_is_lost(bare: BareBroker, tmp_path: Path) -> None:
    def forget(store: DeviceStore, me: UserId, drafts: Sequence[Draft]) -> list[Line]:
        lines = store.outbox.compose(me, drafts)
        for line in lines:
            store.outbox.discard(me, line.id)
        return lines

    with pytest.raises(AssertionError, match="fence"):
        await accepted_is_kept(bare, tmp_path, Habits(compose=forget))
