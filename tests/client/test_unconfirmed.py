"""When messages that nobody confirmed are offered again: in order, in pages, ever more seldom, never all at once."""

from __future__ import annotations

from xasup.client import backoff
from xasup.client.unconfirmed import PAGE, TRACKED, Unconfirmed


def watching(count: int, conversation: str = "bob", now: float = 0.0) -> Unconfirmed:
    books = Unconfirmed()
    for seq in range(count, 0, -1):
        books.watch(conversation, f"m{seq}", seq, now, 0.0)
    return books


def ids(first: int, last: int) -> list[str]:
    return [f"m{n}" for n in range(first, last + 1)]


def test_ever_more_seldom() -> None:
    books, now, waits = watching(2), 0.0, []
    for _ in range(6):
        wait = 1
        while not (page := books.due(now + wait, 0.0)):
            wait += 1
        assert page == ids(1, 2)  # in order, whatever the order in which the broker answered
        waits.append(wait)
        now += wait
    assert waits == [15, 30, 60, 120, 240, 480]


def test_who_is_away_gets_one_page_only() -> None:
    books = watching(PAGE * 3)
    assert books.due(100, 0.0) == ids(1, PAGE)
    assert books.due(100, 0.0) == []
    assert books.due(200, 0.0) == ids(1, PAGE)


def test_who_confirms_a_page_gets_the_next_at_once() -> None:
    books = watching(PAGE + 5)
    for id in books.due(100, 0.0):
        assert books.due(101, 0.0) == []
        books.settle("bob", id, 101)
    assert books.due(101, 0.0) == ids(PAGE + 1, PAGE + 5)


def test_what_is_confirmed_and_not_stored_waits_for_the_next_connection() -> None:
    books = watching(PAGE + 2)
    for id in books.due(100, 0.0):
        books.confirmed("bob", id, 101)
    assert books.due(101, 0.0) == ids(PAGE + 1, PAGE + 2)
    books.stored("bob", "m1")
    assert sorted(books.not_stored()) == sorted(ids(2, PAGE + 2))
    for id in ids(PAGE + 1, PAGE + 2):
        books.confirmed("bob", id, 102)
    assert [books.due(now, 0.0) for now in (102, 9e9)] == [[], []]
    for id in ids(1, PAGE + 2):
        books.settle("bob", id, 103)
    assert (books._lanes, books._count, books.not_stored()) == ({}, 0, [])


def test_who_comes_gets_them_soon() -> None:
    books, now = watching(1), 0.0
    for _ in range(8):
        now += backoff.REOFFER_MAX
        assert books.due(now, 0.0) == ids(1, 1)
    books.hasten("bob", now + 3)
    books.hasten("carol", now + 3)
    assert books.due(now + 2, 0.0) == []
    assert books.due(now + 3, 0.0) == ids(1, 1)


def test_a_broker_without_memory_gets_everything_again() -> None:
    books = watching(1)
    books.watch("carol", "c", 9, 0.0, 0.0)
    assert books.due(1, 0.0) == []
    books.all_due(1)
    assert [books.due(1, 0.0) for _ in range(3)] == [["m1"], ["c"], []]


def test_settled_is_settled() -> None:
    books = watching(2)
    books.settle("bob", "m1", 0)
    books.settle("bob", "m1", 0)
    books.settle("carol", "m2", 0)
    assert books.due(99, 0.0) == ["m2"]
    books.settle("bob", "m2", 99)
    assert books.due(9e9, 0.0) == []
    assert (books._lanes, books._count) == ({}, 0)


def test_what_is_remembered_is_bounded() -> None:
    books = watching(TRACKED + 10)
    assert books._count == TRACKED
    books.watch("bob", "m500", 500, 0.0, 0.0)
    assert books._count == TRACKED
