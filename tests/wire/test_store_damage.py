"""A device's file that the disk has changed: nothing of it is shown, it is set aside, what is nowhere else is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.test_store import ME, compose
from xasup.protocol.errors import Damaged, Unavailable
from xasup.protocol.states import State
from xasup.wire.store import Arrival, Lane, News, SqliteStore, Task, open_beside, open_file
from xasup.wire.store.faults import Broken

TEXT = b"the fox is in the garden"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A message that came, one that is settled, one on its way; all in one file."""
    path = tmp_path / "device.sqlite"
    store = open_file(path, ME)
    with store.transaction():
        store.inbox.add([Arrival("bob", "bob", "came", TEXT, 5, State.DELIVERED, Task.UNREAD)])
    compose(store, "bob", "settled", "on-its-way")
    with store.transaction():
        store.outbox.advance("alice", [News("settled", State.STORED), News("settled", State.READ, "", "bob")])
        store.past.reached("00a1.7")
    store.close()
    return path


def flip(path: Path, word: bytes, bit: int = 1, last: bool = True) -> None:
    """One bit in the last (else the first) occurrence of *word*."""
    data = bytearray(path.read_bytes())
    at = data.rindex(word) if last else data.index(word)
    data[at] ^= bit
    path.write_bytes(data)


def texts(store: SqliteStore) -> list[str]:
    return [line.id for line in store.history.page("bob", None, 99)]


def test_one_bit_of_a_text_is_noticed_and_what_was_on_its_way_goes_on(path: Path) -> None:
    flip(path, TEXT)
    store = open_file(path, ME)
    aside = path.with_name("device.sqlite.damaged-1")
    assert f"{path} is damaged (line 1 is not what was written)" in store.remark
    assert aside.name in store.remark
    assert texts(store) == ["on-its-way"]
    assert store.past.position() == "", "all is asked for again"
    [line] = store.outbox.waiting(False, 0, 9)
    assert (line.id, line.state) == ("on-its-way", State.SENDING)
    store.close()
    beside = open_beside(aside)
    with pytest.raises(Broken):
        beside.history.page("bob", None, 9)
    beside.close()
    store = open_file(path, ME)
    assert store.remark == ""
    store.close()


def test_a_number_is_never_used_twice_for_it(path: Path) -> None:
    flip(path, TEXT)
    store = open_file(path, ME)
    [line] = compose(store, "bob", "next")
    assert b'"n":3' in line.payload
    with store.transaction():
        store.past.count({Lane("bob", "alice", ""): 40})  # history tells of what this device wrote before
    [line] = compose(store, "bob", "after")
    assert b'"n":41' in line.payload
    store.close()


def test_what_is_found_in_use_is_set_aside_by_the_next_who_opens_it(path: Path) -> None:
    store = open_file(path, ME)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE lines SET payload = x'00' WHERE seq = 1")
    for _ in range(2):
        with pytest.raises(Damaged, match="start again: it is set aside then"), store.transaction():
            store.history.page("bob", None, 9)
    store.close()
    store = open_file(path, ME)
    assert "was found damaged" in store.remark
    store.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: flip(path, TEXT, 128),  # no UTF-8 any more
        lambda path: flip(path, b"delivered"),
        lambda path: path.write_bytes(path.read_bytes()[: 5 * 4096]),
        lambda path: path.write_bytes(path.read_bytes()[:-4096] + bytes(4096)),
        lambda path: flip(path, b"CREATE TABLE lines", last=False),
    ],
)
def test_whatever_the_damage_it_opens_and_says_so(path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(path)
    store = open_file(path, ME)
    assert "set aside" in store.remark
    assert set(texts(store)) <= {"on-its-way"}
    store.close()


def test_a_file_cut_down_to_nothing_is_told_from_none(path: Path) -> None:
    path.write_bytes(b"")
    store = open_file(path, ME)
    assert "cut down to nothing" in store.remark
    store.close()


def test_what_does_not_look_like_one_of_ours_stays_where_it_is(path: Path) -> None:
    flip(path, b"SQLite format 3", last=False)
    with pytest.raises(Unavailable, match="move it away, if it is the file of this device"):
        open_file(path, ME)
    assert [it.name for it in path.parent.iterdir() if "damaged" in it.name] == []


def test_a_position_in_doubt_is_none(path: Path) -> None:
    flip(path, b"00a1.7")
    store = open_file(path, ME)
    assert (store.remark, store.past.position()) == ("", "")
    store.close()


def test_control_without_sums_the_changed_text_would_be_shown(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE lines SET sum = NULL")
    flip(path, TEXT)
    store = open_file(path, ME)
    [line] = store.history.page("bob", None, 1 << 20)[:1]
    assert line.payload != TEXT
    assert store.remark == ""
    store.close()
