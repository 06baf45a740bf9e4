"""Killed at any instant, a broker that forgets, a full disk: nothing accepted is lost, nothing is told twice."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.backend import Person
from tests.support.bare import BareBroker
from tests.support.engine import Engine, arrives, at, engine, engines, peer, writes
from xasup.client import Client, ConnectionChanged, Link, MessageAdded, Notice
from xasup.client.world import World
from xasup.protocol import codec, topics
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId
from xasup.protocol.states import State
from xasup.wire.store import SqliteStore, open_file

ALICE, BOB = UserId("alice"), UserId("bob")
HASTY = World(monotonic=lambda: time.monotonic() * 50)  # for whom half a minute is soon over


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """An engine in a process of its own, killed with -9 at the end."""
    command = [sys.executable, "-m", "tests.support.engine_process", *arguments]
    found = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield found
    finally:
        if found.returncode is None:
            found.kill()
        await found.wait()


async def printed(found: asyncio.subprocess.Process, count: int) -> list[str]:
    """The next *count* whole lines of it."""
    assert found.stdout is not None
    async with asyncio.timeout(20):
        return [(await found.stdout.readuntil()).decode().strip() for _ in range(count)]


async def rest(found: asyncio.subprocess.Process) -> list[str]:
    """What it had printed when it died: whole lines."""
    assert found.stdout is not None
    return [line.decode() for line in (await found.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")]


@pytest.mark.parametrize("lines", [1, 40, 700])
async def test_no_accepted_message_is_lost_when_the_sender_is_killed(
    bare: BareBroker, tmp_path: Path, lines: int
) -> None:
    account, file = at(bare, "alice"), tmp_path / f"{at(bare, 'alice').client}.sqlite"
    accepted: list[str] = []
    async with engines(tmp_path, at(bare, "bob")):
        pass  # from now on the broker keeps what comes for bob
    for _ in range(2):
        async with process("send", account.reveal(), str(file), "bob") as sender:
            accepted += await printed(sender, lines)
            sender.kill()
            accepted += [line.strip() for line in await rest(sender)]
    async with engines(tmp_path, account, at(bare, "bob")) as [alice, bob]:
        await delivered(alice, accepted)
        shown = Counter(event.message.id for event in bob.heard(MessageAdded))
        assert set(accepted) <= set(shown)
        assert max(shown.values()) == 1
        numbers = [line.n for line in await bob.client.messages("alice", limit=10**6)]
        assert numbers == list(range(1, len(numbers) + 1))


async def delivered(one: Engine, ids: list[str]) -> None:
    """Wait until all of these are."""
    missing = set(ids)
    async with asyncio.timeout(30):
        while missing:
            lines = await one.client.messages("bob", limit=10**6)
            missing -= {line.id for line in lines if line.state is State.DELIVERED}
            await asyncio.sleep(0.05 if missing else 0)


async def test_nothing_is_told_twice_when_the_receiver_is_killed(bare: BareBroker, tmp_path: Path) -> None:
    account, file = at(bare, "bob"), tmp_path / f"{at(bare, 'bob').client}.sqlite"
    told: list[str] = []
    async with engines(tmp_path, at(bare, "alice")) as [alice]:
        ids: list[str] = []
        for lines in (1, 30, 250):
            async with process("receive", account.reveal(), str(file)) as receiver:
                assert await printed(receiver, 1) == ["online"]
                ids += await alice.client.send_many("bob", ["x"] * 300)
                told += await printed(receiver, lines)
                receiver.kill()
                told += [line.strip() for line in await rest(receiver)]
        async with engines(tmp_path, account) as [bob]:
            await delivered(alice, ids)
            told += [event.message.id for event in bob.heard(MessageAdded)]
            lines_kept = [line.id for line in await bob.client.messages("alice", limit=10**6)]
    assert Counter(told).most_common(1)[0][1] == 1
    assert lines_kept == ids


async def test_a_broker_that_forgets_everything(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "bob")):
        pass  # bob has a session there, and is away
    async with engines(tmp_path, at(bare, "alice"), world=HASTY) as [alice]:
        ids = await alice.client.send_many("bob", [str(n) for n in range(50)])
        await alice.sees(ids[-1], State.SENT)
        bare.stop(signal.SIGKILL)  # before it saved anything
        await alice.hears(ConnectionChanged, lambda it: it.connection.link is Link.OFFLINE)
        await bare.start()
        async with engines(tmp_path, at(bare, "bob")) as [bob]:
            await delivered(alice, ids)
            assert [line.id for line in await bob.client.messages("alice", limit=99)] == ids


async def test_the_same_again_is_told_once(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await told_once(alice, bob)


async def told_once(alice: Engine, bob: Person) -> None:
    """The check: a message that arrives three times is told once, and each arrival is confirmed."""
    same = {"id": "m1", "ts": 1, "n": 1, "text": "again and again"}
    for _ in range(3):
        await writes(bob, "alice", same)
        assert codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) == {"delivered": ["m1"]}
    await writes(bob, "alice", {"id": "m2", "ts": 1, "n": 2, "text": "fence"})
    await alice.receives("fence")
    assert [event.message.id for event in alice.heard(MessageAdded)] == ["m1"]


async def test_a_repeated_plain_text_is_told_once(bare: BareBroker, tmp_path: Path) -> None:
    account, path = at(bare, "alice"), tmp_path / "alice.sqlite"
    async with engine(account, path) as alice:
        await alice.client.online()
    async with peer(bare, "bob") as bob:
        await writes(bob, "alice", b"21.5")
    async with process("die", account.reveal(), str(path), "bob") as mortal:  # between commit and acknowledgement
        assert await mortal.wait() == -signal.SIGKILL
    async with engine(account, path) as alice, peer(bare, "bob") as bob:
        await writes(bob, "alice", b"21.6")
        await alice.receives("21.6")
        assert [line.text for line in await alice.client.messages("bob")] == ["21.5", "21.6"]


async def test_a_full_disk_accepts_nothing_confirms_nothing_and_heals(bare: BareBroker, tmp_path: Path) -> None:
    account, path = at(bare, "alice"), tmp_path / "alice.sqlite"
    stores: list[SqliteStore] = []

    def opener() -> SqliteStore:
        stores.append(open_file(path, account.client))
        return stores[0]

    async with engine(account, path, opener=opener) as alice, peer(bare, "bob") as bob:
        await alice.client.online()
        [store] = stores
        await alice.client._parts.journal.do(lambda _: fill(store))
        big = "x" * 60_000
        with pytest.raises(Unavailable, match="full"):
            for _ in range(20):  # what is free inside the file may still take some
                await alice.client.send("bob", big)
        await writes(bob, "alice", {"id": "m1", "ts": 1, "n": 1, "text": big})
        assert "full" in (await alice.hears(Notice)).text
        assert not has_receipts(bob)
        await alice.client._parts.journal.do(lambda _: store.limit(1 << 20))
        await alice.receives(big)
        assert codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) == {"delivered": ["m1"]}
        await alice.hears(Notice, lambda it: "again" in it.text)
        await alice.client.send("bob", "there is room")


def fill(store: SqliteStore) -> None:
    """No more room than now."""
    store.limit(store._connection.execute("PRAGMA page_count").fetchone()[0])


def has_receipts(bob: Person) -> bool:
    return any(it.topic == topics.receipt(BOB, ALICE) for it in bob.mail)


async def test_one_file_one_process(bare: BareBroker, tmp_path: Path) -> None:
    file = tmp_path / "bob.sqlite"
    async with process("receive", at(bare, "bob").reveal(), str(file)) as holder:
        assert await printed(holder, 1) == ["online"]
        with pytest.raises(Unavailable, match=f"{file} is in use by process {holder.pid}"):
            async with Client(at(bare, "bob"), file):
                raise AssertionError
