"""The exam of what a device's owner decided, and of what is unread."""

from __future__ import annotations

from tests.wire.test_store import compose, receive, store
from xasup.wire.store import DeviceStore, Task, TraitsRow

__all__ = ["store"]


def test_traits(store: DeviceStore) -> None:
    row = TraitsRow("bob", pinned=True, draft="dear bob", stop=7)
    with store.transaction():
        assert store.choices.of("bob") == TraitsRow("bob")
        assert store.choices.put(row)
        assert not store.choices.put(row)
        assert store.choices.of("bob") == row
        assert store.choices.all() == [row]
        assert store.choices.put(TraitsRow("bob"))
        assert store.choices.all() == []


def test_back_from_the_archive_unless_muted(store: DeviceStore) -> None:
    with store.transaction():
        for name, muted in (("bob", False), ("carol", True), ("dave", False)):
            store.choices.put(TraitsRow(name, archived=True, muted=muted))
        assert store.choices.unarchive(["bob", "carol", "nobody"]) == ["bob"]
        assert [row.conversation for row in store.choices.all()] == ["carol", "dave"]


def test_preferences(store: DeviceStore) -> None:
    with store.transaction():
        assert store.choices.preferences() == b"{}"
        store.choices.prefer(b'{"quiet":true}')
        store.choices.prefer(b'{"quiet":false}')
        assert store.choices.preferences() == b'{"quiet":false}'


def test_what_is_hushed_is_never_owed_again(store: DeviceStore) -> None:
    receive(store, "bob", "a", "b")
    with store.transaction():
        store.inbox.shown("bob", ["a"], Task.OWED)
        store.choices.hush()
        assert store.inbox.tasked(Task.OWED, 9) == []
        assert [line.id for line in store.inbox.tasked(Task.QUIET, 9)] == ["a"]


def test_the_first_unread(store: DeviceStore) -> None:
    lines = receive(store, "bob", *"abcd")
    receive(store, "carol", "x")
    compose(store, "bob", "mine")

    def stands() -> tuple[int, int | None]:
        thread = next(it for it in store.history.threads() if it.conversation == "bob")
        return thread.unread, thread.first

    assert stands() == (4, lines[0].seq)
    for shown, expected in (("c", (3, 0)), ("ab", (1, 3)), ("d", (0, None))):
        with store.transaction():
            store.inbox.shown("bob", shown, Task.OWED)
        unread, index = expected
        assert stands() == (unread, lines[index].seq if index is not None else None)
    [again] = receive(store, "bob", "e")
    assert stands() == (1, again.seq)


def test_pages_go_forwards(store: DeviceStore) -> None:
    receive(store, "bob", "a", "b")
    receive(store, "carol", "x")
    receive(store, "bob", "held", task=Task.HELD)
    receive(store, "bob", "c")
    assert [line.id for line in store.history.page_after("bob", 1, 2)] == ["b", "c"]
    assert store.history.page_after("bob", 5, 2) == []
    assert store.history.newest() == 5
