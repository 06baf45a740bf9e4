"""The exam of the port of the truth: the twin in memory and the real Redis sit it alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.redis import RedisServer
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Cell, Committed, Conflict, Gap, Recorded, Step, Truth, position_key
from xasup.wire.truth.redis import RedisTruth

KEEP = 200  # changes; the real number would make trimming slow to show
A, B = Cell("users", "alice"), Cell("users", "bob")


@pytest.fixture(params=["memory", "redis"])
async def truth(request: pytest.FixtureRequest) -> AsyncIterator[Truth]:
    if request.param == "memory":
        yield MemoryTruth(keep=KEEP)
        return
    server: RedisServer = request.getfixturevalue("redis")
    async with RedisTruth(server.url, keep=KEEP) as truth:
        yield truth


async def put(truth: Truth, cell: Cell, value: bytes, change: bytes | None = None) -> str:
    done = await truth.commit(Step(put={cell: value}, change=change))
    assert isinstance(done, Committed)
    return done.position


async def test_what_was_put_is_read_in_the_order_asked(truth: Truth) -> None:
    await put(truth, A, b"1")
    assert await truth.get([B, A, A]) == [None, b"1", b"1"]
    assert await truth.get([]) == []


async def test_values_are_bytes_of_any_kind(truth: Truth) -> None:
    value = bytes(range(256))
    await put(truth, A, value)
    await put(truth, B, b"")
    assert await truth.get([A, B]) == [value, b""]


async def test_a_step_is_taken_while_its_facts_hold(truth: Truth) -> None:
    assert await truth.commit(Step(expect={A: None}, put={A: b"1"})) == Committed("")
    assert await truth.commit(Step(expect={A: b"1", B: None}, put={A: b"2", B: b"3"})) == Committed("")
    assert await truth.get([A, B]) == [b"2", b"3"]


@pytest.mark.parametrize("stale", [{A: None}, {A: b"0"}, {A: b"1", B: b""}, {B: b"1"}])
async def test_a_step_whose_facts_have_changed_leaves_no_trace(truth: Truth, stale: dict[Cell, bytes | None]) -> None:
    await put(truth, A, b"1")
    step = Step(stale, {A: b"2", B: b"2"}, b"change", "request", Recorded(b"d", b"p"))
    assert await truth.commit(step) == Conflict()
    assert await truth.get([A, B]) == [b"1", None]
    assert await truth.recorded("request") is None
    assert await truth.last_position() == "0-0"


async def test_none_deletes(truth: Truth) -> None:
    await put(truth, A, b"1")
    await truth.commit(Step(expect={A: b"1"}, put={A: None, B: None}))
    assert await truth.get([A]) == [None]
    assert [cell async for cell in truth.scan("users")] == []


async def test_an_answer_is_recorded_with_the_position_of_its_change(truth: Truth) -> None:
    done = await truth.commit(Step(change=b"c", request="r1", answer=Recorded(b"\x00|digest", b"an|answer")))
    assert isinstance(done, Committed)
    assert await truth.recorded("r1") == Recorded(b"\x00|digest", b"an|answer", done.position)
    assert await truth.recorded("r2") is None


async def test_an_answer_without_a_change_has_no_position(truth: Truth) -> None:
    await truth.commit(Step(request="r", answer=Recorded(b"", b"")))
    assert await truth.recorded("r") == Recorded(b"", b"", "")


async def test_a_request_is_carried_out_once(truth: Truth) -> None:
    step = Step(put={A: b"1"}, change=b"c", request="r", answer=Recorded(b"d", b"p"))
    done = await asyncio.gather(*(truth.commit(step) for _ in range(20)))
    assert [type(each) for each in done].count(Committed) == 1
    assert len(await truth.changes("0-0", 100, 0)) == 1


async def test_many_at_once_lose_no_update(truth: Truth) -> None:
    async def count_up() -> None:
        while True:
            [now] = await truth.get([A])
            step = Step(expect={A: now}, put={A: str(int(now or 0) + 1).encode()}, change=b"up")
            if isinstance(await truth.commit(step), Committed):
                return

    await asyncio.gather(*(count_up() for _ in range(30)))
    assert await truth.get([A]) == [b"30"]
    assert len(await truth.changes("0-0", 100, 0)) == 30


async def test_more_at_once_than_one_trip_carries(truth: Truth) -> None:
    done = await asyncio.gather(*(put(truth, Cell("t", f"{n}"), b"v", b"c") for n in range(1500)))
    assert len(set(done)) == 1500
    assert sorted([int(field) async for field, _ in truth.scan("t")]) == list(range(1500))


async def test_changes_follow_a_position_in_order(truth: Truth) -> None:
    positions = [await put(truth, A, b"v", b"change %d" % n) for n in range(5)]
    assert positions == sorted(positions, key=position_key)
    assert await truth.last_position() == positions[-1]
    assert await truth.changes("0-0", 2, 0) == list(zip(positions[:2], [b"change 0", b"change 1"], strict=True))
    assert [entry.position for entry in await truth.changes(positions[2], 100, 0)] == positions[3:]
    assert await truth.changes(positions[4], 100, 0) == []


async def test_who_waits_for_a_change_gets_it(truth: Truth) -> None:
    before = await put(truth, A, b"v", b"old")
    waiting = asyncio.create_task(truth.changes(before, 10, 10))
    await asyncio.sleep(0)
    await put(truth, A, b"w", b"new")
    async with asyncio.timeout(5):
        assert [entry.change for entry in await waiting] == [b"new"]


async def test_waiting_ends_without_a_change(truth: Truth) -> None:
    async with asyncio.timeout(5):
        assert await truth.changes("0-0", 10, 0.05) == []


async def test_a_position_that_was_never_given_out_is_a_gap(truth: Truth) -> None:
    position = await put(truth, A, b"v", b"c")
    ms, sequence = position_key(position)
    with pytest.raises(Gap):
        await truth.changes(f"{ms + 100_000}-{sequence}", 10, 0)


async def test_changes_that_all_have_followed_are_trimmed_down_to_what_is_kept(truth: Truth) -> None:
    positions = await asyncio.gather(*(put(truth, A, b"v", b"c") for _ in range(5 * KEEP)))
    await truth.report_applied("local", positions[-1])
    with pytest.raises(Gap):
        await truth.changes("0-0", 10, 0)
    with pytest.raises(Gap):
        await truth.changes(positions[0], 10, 0)
    assert len(await truth.changes(positions[-KEEP], 2 * KEEP, 0)) == KEEP - 1


async def test_changes_that_a_node_has_not_followed_are_kept(truth: Truth) -> None:
    positions = await asyncio.gather(*(put(truth, A, b"v", b"c") for _ in range(5 * KEEP)))
    await truth.report_applied("slow", positions[0])
    await truth.report_applied("local", positions[-1])
    assert len(await truth.changes(positions[0], 10 * KEEP, 0)) == 5 * KEEP - 1


async def test_changes_that_another_follower_has_not_followed_are_kept(truth: Truth) -> None:
    positions = await asyncio.gather(*(put(truth, A, b"v", b"c") for _ in range(5 * KEEP)))
    await put(truth, Cell("positions", "notifier"), positions[0].encode())
    await truth.report_applied("local", positions[-1])
    assert len(await truth.changes(positions[0], 10 * KEEP, 0)) == 5 * KEEP - 1


async def test_what_was_reported_applied_is_known(truth: Truth) -> None:
    assert await truth.applied("local") == "0-0"
    position = await put(truth, A, b"v", b"c")
    await truth.report_applied("local", position)
    assert await truth.applied("local") == position
    assert await truth.applied("elsewhere") == "0-0"


async def test_who_watches_sees_the_present_position_and_later_ones(truth: Truth) -> None:
    await truth.report_applied("local", "5-0")
    watch = truth.watch_applied("local")
    async with asyncio.timeout(5):
        assert await anext(watch) == "5-0"
        following = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0)
        await truth.report_applied("elsewhere", "9-0")
        await truth.report_applied("local", "5-1")
        assert await following == "5-1"
        await truth.report_applied("local", "4-0")
        await truth.report_applied("local", "6-0")
        assert await anext(watch) == "6-0"
    await watch.aclose()  # type: ignore[attr-defined]  # an iterator of ours is a generator


async def test_scan_streams_every_cell_once(truth: Truth) -> None:
    expected = {f"u{n}": b"%d" % n for n in range(3000)}
    await truth.commit(Step(put={Cell("t", field): value for field, value in expected.items()}))
    found = [cell async for cell in truth.scan("t")]
    assert dict(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("size", [0, 7, 100, 2000])
async def test_pages_hold_every_cell_once_and_no_more_than_asked(truth: Truth, size: int) -> None:
    expected = {f"u{n}": b"%d" % n for n in range(size)}
    await truth.commit(Step(put={Cell("t", field): value for field, value in expected.items()}))
    found: list[tuple[str, bytes]] = []
    after = ""
    for _ in range(1000):
        cells, after = await truth.page("t", after, 50)
        assert len(cells) <= 50
        found += cells
        if not after:
            break
    assert dict(found) == expected
    assert len(found) == size


async def test_a_caller_that_goes_away_disturbs_nobody(truth: Truth) -> None:
    leaving = [asyncio.create_task(put(truth, A, b"x")) for _ in range(5)]
    staying = asyncio.create_task(put(truth, B, b"y"))
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await staying
    assert await truth.get([B]) == [b"y"]
