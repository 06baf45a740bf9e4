"""The exam of a device's store: the file and its memory twin sit it alike; then what only a file can do."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.protocol.states import State
from xasup.wire.store import (
    Arrival,
    ContactRow,
    DeviceStore,
    Draft,
    GroupRow,
    Lane,
    Line,
    News,
    RequestRow,
    SqliteStore,
    Task,
    open_file,
    open_memory,
)
from xasup.wire.store.schema import FIRST, MIGRATIONS

ME = ClientId(UserId("alice"), DeviceId("phone"))


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DeviceStore]:
    store = open_file(tmp_path / "device.sqlite", ME) if request.param == "file" else open_memory(ME)
    yield store
    store.close()


def compose(store: DeviceStore, to: str, *ids: str) -> list[Line]:
    with store.transaction():
        return store.outbox.compose("alice", [Draft(to, id, 1, f"text of {id}") for id in ids])


def receive(store: DeviceStore, sender: str, *ids: str, task: Task = Task.UNREAD) -> list[Line]:
    with store.transaction():
        return store.inbox.add([Arrival(sender, sender, id, id.encode(), 5, State.DELIVERED, task) for id in ids])


def found(store: DeviceStore, text: str, conversation: str | None = None, before: int | None = None) -> list[str]:
    return [line.id for line in store.search.find(text, conversation, before, 9)]


def test_messages_are_numbered_within_their_conversation(store: DeviceStore) -> None:
    lines = compose(store, "bob", "a", "b") + compose(store, "carol", "c") + compose(store, "bob", "d")
    assert [json.loads(line.payload)["n"] for line in lines] == [1, 2, 1, 3]
    assert [line.seq for line in lines] == [1, 2, 3, 4]


def test_a_number_is_not_used_twice_after_a_discard(store: DeviceStore) -> None:
    compose(store, "bob", "a")
    with store.transaction():
        store.outbox.discard("alice", "a")
    [line] = compose(store, "bob", "b")
    assert json.loads(line.payload)["n"] == 2


def lows(lines: list[Line]) -> list[int]:
    return [json.loads(line.payload)["low"] for line in lines]


def test_a_message_says_from_which_number_on_its_sender_still_has_them(store: DeviceStore) -> None:
    assert lows(compose(store, "bob", "a", "b")) == [1, 1]
    assert lows(compose(store, "carol", "x")) == [1]
    with store.transaction():
        store.outbox.advance("alice", [News("b", State.STORED), News("a", State.SENT)])
    assert lows(compose(store, "bob", "c")) == [1]
    with store.transaction():
        store.outbox.advance("alice", [News("a", State.STORED)])
    assert lows(compose(store, "bob", "d")) == [3]
    with store.transaction():
        store.outbox.advance("alice", [News("c", State.DELIVERED), News("d", State.REFUSED, "no")])
    assert lows(compose(store, "bob", "e")) == [3]  # the log may not have it
    with store.transaction():
        store.outbox.advance("alice", [News(id, State.STORED) for id in ("c", "e")])
    assert lows(compose(store, "bob", "f")) == [6]


def test_what_is_discarded_refused_or_offered_again(store: DeviceStore) -> None:
    compose(store, "bob", "a", "b")
    with store.transaction():
        store.outbox.discard("alice", "a")
        store.outbox.advance("alice", [News("b", State.REFUSED, "no", unseen=True)])
    assert lows(compose(store, "bob", "c")) == [3]
    with store.transaction():
        rewritten = store.outbox.rewrite("alice", "b", "b2", "other")
    assert rewritten is not None and lows([rewritten]) == [1]  # as it was written first
    assert lows(compose(store, "bob", "d")) == [2]


def test_nothing_holds_of_a_transaction_that_fails(store: DeviceStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.outbox.compose("alice", [Draft("bob", "a", 1, "x")])
        raise ZeroDivisionError
    [line] = compose(store, "bob", "b")
    assert json.loads(line.payload)["n"] == 1
    assert len(store.history.page("bob", None, 9)) == 1


def test_states_go_forward_only(store: DeviceStore) -> None:
    compose(store, "bob", "a")
    with store.transaction():
        changed = store.outbox.advance("alice", [News("a", State.DELIVERED, "", "bob"), News("a", State.SENT)])
        assert [(line.state, line.task) for line in changed] == [(State.DELIVERED, Task.OUTBOX)]
        assert store.outbox.advance("alice", [News("a", State.SENT), News("unknown", State.READ)]) == []


def test_what_one_device_has_and_the_log_has_not_is_still_to_be_brought(store: DeviceStore) -> None:
    compose(store, "bob", "a", "b")
    with store.transaction():
        store.outbox.advance("alice", [News("a", State.READ, "", "bob")])
        store.outbox.advance("alice", [News("b", State.STORED), News("b", State.DELIVERED, "", "bob")])
        assert [line.id for line in store.outbox.waiting(True, 0, 9)] == ["a"]
        changed = store.outbox.advance("alice", [News("a", State.STORED)])
        assert [(line.state, line.task) for line in changed] == [(State.READ, Task.NONE)]
        assert store.outbox.waiting(True, 0, 9) == []


def test_a_receipt_counts_from_the_recipient_alone(store: DeviceStore) -> None:
    compose(store, "bob", "a")
    with store.transaction():
        assert store.outbox.advance("alice", [News("a", State.READ, "", "mallory")]) == []


def test_a_group_has_it_when_the_log_has_it(store: DeviceStore) -> None:
    compose(store, "g:hikers", "a")
    with store.transaction():
        [line] = store.outbox.advance("alice", [News("a", State.SENT)])
        assert line.task is Task.OUTBOX
        [line] = store.outbox.advance("alice", [News("a", State.STORED)])
    assert line.task is Task.NONE


def test_what_waits_in_the_outbox(store: DeviceStore) -> None:
    compose(store, "bob", "a", "b", "c", "d")
    with store.transaction():
        store.outbox.advance("alice", [News("b", State.SENT), News("c", State.REFUSED, "no")])
        assert [line.id for line in store.outbox.waiting(False, 0, 9)] == ["a", "d"]
        assert [line.id for line in store.outbox.waiting(False, 1, 9)] == ["d"]
        assert [line.id for line in store.outbox.waiting(True, 0, 9)] == ["b"]


def test_a_refused_message_is_offered_again_as_it_was(store: DeviceStore) -> None:
    [before] = compose(store, "bob", "a")
    with store.transaction():
        assert store.outbox.offer_again("alice", "a") is None
        store.outbox.advance("alice", [News("a", State.REFUSED, "not-accepted")])
        assert store.outbox.offer_again("alice", "a") == before
        assert store.outbox.offer_again("mallory", "a") is None


def test_only_what_is_not_sent_can_be_discarded(store: DeviceStore) -> None:
    compose(store, "bob", "a", "b")
    with store.transaction():
        store.outbox.advance("alice", [News("a", State.SENT)])
        assert store.outbox.discard("alice", "a") is None
        assert store.outbox.discard("alice", "b") is not None
    assert [thread.last.id for thread in store.history.threads()] == ["a"]


def test_one_line_for_each_id_and_sender(store: DeviceStore) -> None:
    receive(store, "bob", "a")
    receive(store, "bob", "a")
    receive(store, "carol", "a")
    assert [(line.sender, line.id) for line in store.history.find(["a"])] == [("bob", "a"), ("carol", "a")]


def test_pages_go_backwards(store: DeviceStore) -> None:
    lines = receive(store, "bob", *(str(n) for n in range(5)))
    receive(store, "carol", "x")
    page = store.history.page("bob", None, 2)
    assert [line.id for line in page] == ["3", "4"]
    assert [line.id for line in store.history.page("bob", page[0].seq, 2)] == ["1", "2"]
    assert lines[0].payload == b"0"


def test_threads(store: DeviceStore) -> None:
    receive(store, "bob", "a", "b")
    compose(store, "carol", "c")
    with store.transaction():
        store.inbox.shown("bob", ["a"], Task.OWED)
    found = [(thread.conversation, thread.last.id, thread.unread) for thread in store.history.threads()]
    assert found == [("carol", "c", 0), ("bob", "b", 1)]


def test_what_is_shown_is_owed_until_it_is_told(store: DeviceStore) -> None:
    receive(store, "bob", "a", "b")
    with store.transaction():
        assert [line.state for line in store.inbox.shown("bob", ["a", "unknown"], Task.OWED)] == [State.READ]
        assert store.inbox.shown("bob", ["a"], Task.OWED) == []
        assert store.inbox.shown("carol", ["b"], Task.OWED) == []
        assert [line.id for line in store.inbox.tasked(Task.OWED, 9)] == ["a"]
        store.inbox.told("bob", ["a", "b"])
        assert store.inbox.tasked(Task.OWED, 9) == []
        assert [line.id for line in store.inbox.tasked(Task.UNREAD, 9)] == ["b"]


def test_held_lines_are_not_shown_and_take_their_place_later(store: DeviceStore) -> None:
    held = receive(store, "bob", "reply", task=Task.HELD)
    assert store.history.threads() == []
    receive(store, "bob", "original")
    assert [line.id for line in store.history.page("bob", None, 9)] == ["original"]
    with store.transaction():
        [placed] = store.inbox.release("alice", held)
    assert placed.task is Task.UNREAD
    assert [line.id for line in store.history.page("bob", None, 9)] == ["original", "reply"]
    assert [thread.last.id for thread in store.history.threads()] == ["reply"]


def test_the_roster_keeps_the_newest(store: DeviceStore) -> None:
    row = ContactRow("bob", "accepted", "accepted", 5)
    with store.transaction():
        assert store.roster.put_contact(row)
        assert not store.roster.put_contact(row)
        assert not store.roster.put_contact(row._replace(mine="asked", ts=4))
        assert store.roster.put_contact(row._replace(mine="revoked"))
        assert store.roster.contacts() == [row._replace(mine="revoked")]
        store.roster.drop_contact("bob")
        assert store.roster.contacts() == []


def test_groups(store: DeviceStore) -> None:
    row = GroupRow("hikers", "Hikers", "member", "bob", 5)
    with store.transaction():
        assert store.roster.put_group(row)
        assert store.roster.rename_group("unknown", "x", 9) is None
        assert store.roster.rename_group("hikers", "Walkers", 6) == row._replace(name="Walkers", ts=6)
        assert store.roster.groups() == [row._replace(name="Walkers", ts=6)]
        store.roster.drop_group("hikers")
        assert store.roster.groups() == []


def test_requests_in_their_order(store: DeviceStore) -> None:
    rows = [RequestRow(f"r{n}", "contacts", "ask", b"{}") for n in (2, 1)]
    with store.transaction():
        for row in rows:
            store.requests.put(row)
        assert store.requests.all() == rows
        store.requests.drop("r2")
        assert store.requests.all() == rows[1:]


def test_no_query_walks_through_all_lines(tmp_path: Path) -> None:
    """Each is traced while it runs; its plan must not scan the table of lines."""
    store = open_file(tmp_path / "device.sqlite", ME)
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)
    held = receive(store, "bob", "a", task=Task.HELD)
    compose(store, "bob", "b")
    compose(store, "carol", "c")
    with store.transaction():
        store.history.page("bob", None, 5)
        store.history.page_after("bob", 0, 5)
        store.history.threads()
        store.history.newest()
        store.search.find("text b", "bob", None, 5)
        store.choices.unarchive(["bob"])
        store.choices.hush()
        store.history.find(["a"])
        store.inbox.tasked(Task.OWED, 5)
        store.inbox.release("alice", held)
        store.inbox.shown("bob", ["a"], Task.OWED)
        store.inbox.told("bob", ["a"])
        store.outbox.waiting(True, 0, 5)
        store.outbox.rewrite("alice", "b", "b2", "other text")
        store.outbox.advance("alice", [News("b2", State.REFUSED, unseen=True)])
        store.outbox.offer_again("alice", "b2")
        store.outbox.discard("alice", "b2")
    store._connection.set_trace_callback(None)
    plans = [
        row[3]
        for statement in statements
        if statement.startswith(("SELECT", "UPDATE", "DELETE"))
        for row in store._connection.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert len(plans) > 10
    assert [plan for plan in plans if plan.startswith("SCAN lines")] == []
    store.close()


def test_what_was_written_is_there_next_time(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "device.sqlite"
    store = open_file(path, ME)
    compose(store, "bob", "a")
    store.close()
    store = open_file(path, ME)
    assert [line.id for line in store.history.page("bob", None, 9)] == ["a"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()


def test_another_process_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    holder = (
        "import sys; from pathlib import Path; from xasup.wire.store import open_file\n"
        "from xasup.protocol.ids import ClientId\n"
        "open_file(Path(sys.argv[1]), ClientId('alice', 'phone')); print('open', flush=True); sys.stdin.read()"
    )
    argv = [sys.executable, "-c", holder, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(Unavailable, match=f"{path} is in use by process {process.pid}"):
            open_file(path, ME)
        process.kill()
    open_file(path, ME).close()


def test_it_belongs_to_one_device(tmp_path: Path) -> None:
    open_file(tmp_path / "device.sqlite", ME).close()
    with pytest.raises(Unavailable, match="belongs to alice:phone, not to alice:tablet"):
        open_file(tmp_path / "device.sqlite", ClientId(UserId("alice"), DeviceId("tablet")))


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 50, b"\0" * 8192])
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "device.sqlite"
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=r"device\.sqlite"):
        open_file(path, ME)
    assert path.read_bytes()[: len(content)] == content


def test_a_file_of_a_later_version(tmp_path: Path) -> None:
    store = open_file(tmp_path / "device.sqlite", ME)
    store._connection.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(Unavailable, match="newer xasup"):
        open_file(tmp_path / "device.sqlite", ME)


def file_of_version(path: Path, version: int) -> sqlite3.Connection:
    """As that version made it."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(FIRST + "".join(MIGRATIONS[step] for step in range(1, version)))
    db.execute("INSERT INTO device VALUES (?)", (str(ME),))
    db.execute(f"PRAGMA user_version = {version}")
    return db


def test_what_an_older_file_has_under_way_is_known(tmp_path: Path) -> None:
    with closing(file_of_version(tmp_path / "device.sqlite", 3)) as db:
        for seq, state in enumerate(("stored", "sent", "sending"), 1):
            payload = b'{"id":"m%d","ts":1,"n":%d,"text":"x"}' % (seq, seq)
            row = (seq, f"m{seq}", payload, state)
            db.execute("INSERT INTO lines VALUES (?, 'bob', 'alice', ?, ?, 5, ?, '', 1)", row)
        db.execute("INSERT INTO threads VALUES ('bob', 3, 3, 0, 0)")
    store = open_file(tmp_path / "device.sqlite", ME)
    assert lows(compose(store, "bob", "d")) == [2]
    store.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_a_version_before_the_index_opens_and_keeps_everything(tmp_path: Path, version: int) -> None:
    with closing(file_of_version(tmp_path / "device.sqlite", version)) as db:
        for seq, (id, state, task) in enumerate([("a", "read", 0), ("b", "delivered", 3), ("c", "delivered", 3)], 1):
            payload = b'{"id":"%s","ts":1,"text":"text of %s"}' % (id.encode(), id.encode())
            db.execute("INSERT INTO lines VALUES (?, 'bob', 'bob', ?, ?, 5, ?, '', ?)", (seq, id, payload, state, task))
        db.execute("INSERT INTO threads (conversation, n, last) VALUES ('bob', 7, 3)")
    store = open_file(tmp_path / "device.sqlite", ME)
    assert [line.id for line in store.history.page("bob", None, 9)] == ["a", "b", "c"]
    [thread] = store.history.threads()
    assert (thread.unread, thread.first) == (2, 2)
    assert store.past.position() == ""
    assert found(store, "text") == []
    [line] = compose(store, "bob", "d")
    assert (json.loads(line.payload)["n"], lows([line])) == (8, [8])
    for count in range(4):
        assert found(store, "text") == ["d", "c", "b", "a"][: count + 1]
        with store.transaction():
            assert store.search.build(1) is (count < 3)
    store.close()


def test_how_far_the_past_is_known(store: DeviceStore) -> None:
    with store.transaction():
        for position in ("g.1", "g.2"):
            store.past.reached(position)
    assert store.past.position() == "g.2"


def test_numbers_never_go_back(store: DeviceStore) -> None:
    one, other = Lane("bob", "bob", "d1"), Lane("bob", "bob", "d2")
    with store.transaction():
        store.past.count({one: 5})
        store.past.count({one: 3, other: 1})
    assert store.past.counts([one, other, Lane("bob", "bob", "d3")]) == {one: 5, other: 1}


def test_lines_without_an_id_are_found_again_one_for_one(store: DeviceStore) -> None:
    lines = [Arrival("bob", "bob", f"~{at}", b"21.5", at, State.DELIVERED, Task.UNREAD) for at in (1000, 2000, 9000)]
    with store.transaction():
        store.inbox.add(lines)
        assert [store.past.match("bob", "bob", b"21.5", 1900, 1500) for _ in range(3)] == [True, True, False]
        assert not store.past.match("bob", "bob", b"21.6", 9000, 1500)
        assert store.past.match("bob", "bob", b"21.5", 9000, 1500)


def test_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="file"):
        open_file(tmp_path / "file" / "device.sqlite", ME)
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unavailable, match="folder"):
        open_file(tmp_path / "folder", ME)


def test_a_full_disk_takes_nothing_and_heals(tmp_path: Path) -> None:
    store = open_file(tmp_path / "device.sqlite", ME)
    fill(store)
    with pytest.raises(Unavailable, match="full"):
        compose(store, "bob", *(f"much-{n}" for n in range(200)))
    with store.transaction():
        assert store.history.find([f"much-{n}" for n in range(200)]) == []
    store.limit(1 << 20)
    compose(store, "bob", *(f"much-{n}" for n in range(200)))
    store.close()


def fill(store: SqliteStore) -> None:
    """No more room than now."""
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store.limit(pages)


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    open_file(tmp_path / "device.sqlite", ME).close()
    with pytest.raises(Unavailable):
        open_file(tmp_path / "device.sqlite", ClientId(UserId("eve"), DeviceId("phone")))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("count", [0, 1, 4, 5, 600])
def test_any_number_of_ids_is_found_told_and_moved(store: DeviceStore, count: int) -> None:
    ids = [f"m{n}" for n in range(count)]
    compose(store, "bob", *ids, "another")
    receive(store, "bob", *(f"b{id}" for id in ids), "other")
    with store.transaction():
        assert [line.id for line in store.history.find([*ids, *ids])] == ids
        assert len(store.outbox.advance("alice", [News(id, State.DELIVERED) for id in ids])) == count
        assert len(store.inbox.shown("bob", [f"b{id}" for id in ids], Task.OWED)) == count
        store.inbox.told("bob", [f"b{id}" for id in ids])
        assert store.inbox.tasked(Task.OWED, 1000) == []
        assert store.choices.unarchive(ids) == []
