"""The one hand that writes: groups, order, failures, the end."""

from __future__ import annotations

import asyncio

import pytest

from xasup.client.journal import Journal
from xasup.client.world import World
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.wire.store import DeviceStore, Draft, SqliteStore, open_memory


def journal() -> tuple[Journal, SqliteStore]:
    store = open_memory(ClientId(UserId("alice"), DeviceId("phone")))
    return Journal(store, World().thread()), store


def draft(id: str):  # type: ignore[no-untyped-def]
    def job(store: DeviceStore) -> int:
        return store.outbox.compose("alice", [Draft("bob", id, 1, "x")])[0].seq

    return job


def breaks(store: DeviceStore) -> int:
    store.outbox.compose("alice", [Draft("bob", "half", 1, "x")])
    raise ZeroDivisionError


async def test_many_jobs_make_few_commits() -> None:
    hand, store = journal()
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)
    assert await asyncio.gather(*(hand.do(draft(f"m{n}")) for n in range(500))) == list(range(1, 501))
    assert statements.count("COMMIT") <= 2
    await hand.close()


async def test_one_bad_job_does_not_spoil_the_others() -> None:
    hand, _ = journal()
    results = await asyncio.gather(hand.do(draft("m1")), hand.do(breaks), hand.do(draft("m2")), return_exceptions=True)
    assert results[0] == 1
    assert isinstance(results[1], ZeroDivisionError)
    assert results[2] == 2
    assert [line.id for line in await hand.do(lambda store: store.history.page("bob", None, 9))] == ["m1", "m2"]
    await hand.close()


async def test_who_stops_waiting_is_written_all_the_same() -> None:
    hand, _ = journal()
    waiting = asyncio.create_task(hand.do(draft("m1")))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await hand.do(draft("m2")) == 2
    await hand.close()


async def test_who_has_to_know_hears_of_it_though_nobody_waits_any_more() -> None:
    hand, _ = journal()
    heard: list[int] = []
    waiting = asyncio.create_task(hand.do(draft("m1"), heard.append))
    await asyncio.sleep(0)
    waiting.cancel()
    assert await hand.do(draft("m2"), heard.append) == 2
    assert heard == [1, 2]
    await hand.close()


async def test_one_who_has_to_know_and_fails_fails_the_one_who_waits() -> None:
    hand, _ = journal()
    with pytest.raises(ZeroDivisionError):
        await hand.do(draft("m1"), lambda seq: print(1 // 0))
    assert await hand.do(draft("m2")) == 2
    await hand.close()


async def test_closing_writes_what_was_handed_in() -> None:
    hand, store = journal()
    seen: list[str] = []
    store._connection.set_trace_callback(seen.append)
    last = asyncio.create_task(hand.do(draft("m1")))
    await asyncio.sleep(0)
    await hand.close()
    assert await last == 1
    assert [each for each in seen if not each.startswith("--")][-1] == "COMMIT"  # `--`: what the index of words does
    with pytest.raises(Unavailable, match="closed"):
        await hand.do(draft("m2"))
