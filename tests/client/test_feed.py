"""Events and their readers; tasks and their crew."""

from __future__ import annotations

import asyncio

import pytest

from xasup.client.crew import Crew
from xasup.client.events import MessageAdded, Missed, Notice
from xasup.client.feed import Feed
from xasup.client.values import Message
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.states import State


async def rest(feed: Feed, count: int) -> list[object]:
    reader = feed.read()
    return [await anext(reader) for _ in range(count)]


async def test_the_first_reader_gets_what_was_before_it_the_second_does_not() -> None:
    feed = Feed()
    feed.tell(Notice("early"))
    first, second = feed.read(), feed.read()
    feed.tell(Notice("late"))
    feed.close()
    assert [event async for event in first] == [Notice("early"), Notice("late")]
    assert [event async for event in second] == [Notice("late")]


async def test_who_does_not_keep_up_is_told_how_much_is_missing() -> None:
    feed = Feed(room=10)
    for n in range(13):
        feed.tell(Notice(str(n)))
    assert await rest(feed, 2) == [Missed(3), Notice("3")]


async def test_long_texts_weigh_more() -> None:
    feed = Feed(room=100)
    text = Message("bob", UserId("bob"), MessageId("m"), "x" * 30_000, 1, State.DELIVERED, 1)
    for _ in range(9):
        feed.tell(MessageAdded(text))
    assert await rest(feed, 2) == [Missed(6), MessageAdded(text)]


async def test_a_reader_wakes_up() -> None:
    feed = Feed()
    reading = asyncio.create_task(rest(feed, 1))
    await asyncio.sleep(0)
    feed.tell(Notice("now"))
    assert await reading == [Notice("now")]


async def test_who_leaves_costs_nothing_any_more() -> None:
    feed = Feed()
    reader = feed.read()
    feed.tell(Notice("one"))
    await anext(reader)
    await reader.aclose()  # type: ignore[attr-defined]
    assert feed._mailboxes == []


async def test_a_crash_of_one_task_ends_the_block_as_it_is() -> None:
    async def crash() -> None:
        raise ZeroDivisionError

    async def work() -> None:
        crew = Crew()
        crew.hire(crash(), "crash")
        try:
            await asyncio.sleep(10)
        finally:
            await crew.dismiss()

    with pytest.raises(ZeroDivisionError):
        await work()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_task_that_is_cancelled_by_others_is_a_crash() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    crew = Crew()
    crew.hire(cancelled(), "somebody")
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(10)
    with pytest.raises(RuntimeError, match="somebody was cancelled"):
        await crew.dismiss()
