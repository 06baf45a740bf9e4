"""A store that is made new again is as a new one: what it holds, and how much room there is on a full disk."""

from __future__ import annotations

import pytest

from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId
from xasup.protocol.states import State
from xasup.wire.store import Arrival, BlankStore, ContactRow, Draft, Lane, SqliteStore, Task, open_memory

ME = ClientId.parse("alice:laptop")


def used(store: BlankStore) -> None:
    drafts = [Draft("bob", f"m{n}", 1, f"{'many words ' * 40}{n}", src="s") for n in range(100)]
    arrival = Arrival("bob", "bob", "b1", b'{"id":"b1","text":"hello"}', 1, State.DELIVERED, Task.UNREAD)
    with store.transaction():
        store.outbox.compose(ME.user, drafts)
        store.inbox.add([arrival])
        store.roster.put_contact(ContactRow("bob", "accepted", "accepted", 1))
        store.past.reached("1-1")
        store.past.count({Lane("bob", "bob", "s"): 7})
        store.search.build(10)


def content(store: SqliteStore) -> list[object]:
    db = store._connection
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE rootpage > 0 AND type = 'table'")]
    return [(table, sorted(db.execute(f"SELECT * FROM {table}"))) for table in sorted(tables)]  # noqa: S608 - ours


def test_nothing_of_what_was_written_is_left() -> None:
    store = BlankStore(ME)
    used(store)
    assert store.search.find("words", None, None, 10)
    assert store.wiped()
    assert content(store) == content(open_memory(ME))
    assert store.history.threads() == [] == store.search.find("words", None, None, 10)


def test_it_serves_again() -> None:
    store = BlankStore(ME)
    for _ in range(3):
        used(store)
        assert len(store.search.find("words", None, None, 1000)) == 100
        assert store.wiped()


def test_a_full_disk_is_as_full_as_a_new_one() -> None:
    def fits(store: BlankStore) -> int:
        store.limit(1)
        for n in range(1000):
            try:
                with store.transaction():
                    store.outbox.compose(ME.user, [Draft("bob", f"m{n}", 1, "x" * 500)])
            except Unavailable:
                return n
        return 1000

    store = BlankStore(ME)
    room = fits(store)
    assert room < 20
    store.limit(1000)
    used(store)
    assert store.wiped()
    assert fits(store) == room


def test_one_that_cannot_be_wiped_says_so() -> None:
    store = BlankStore(ME)
    store._connection.execute("DROP TABLE past")
    assert not store.wiped()


@pytest.mark.parametrize("client", ["alice:laptop", "bob:phone"])
def test_it_is_its_owners(client: str) -> None:
    store = BlankStore(ClientId.parse(client))
    used(store)
    assert store.wiped()
    assert store._connection.execute("SELECT client FROM device").fetchall() == [(client,)]
