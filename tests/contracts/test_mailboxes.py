"""The exam of the port of the mailboxes: the twin in memory and SQLite sit it alike."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import mailboxes
from tests.support.mailboxes import (
    GENERATION,
    MESSAGES,
    everything,
    joins,
    keep,
    leaves,
    memory,
    message,
    pages,
    receipt,
    seen,
    sqlite,
    story,
)
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId
from xasup.wire.log.port import Shard
from xasup.wire.mailboxes import Batch, Kept, Mailboxes, Standing, Wanted, open_lookup, port
from xasup.wire.mailboxes.schema import VERSION

ALICE, BOB, CAROL = UserId("alice"), UserId("bob"), UserId("carol")


@pytest.fixture(params=["memory", "sqlite"])
def boxes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mailboxes]:
    boxes: Mailboxes = memory() if request.param == "memory" else sqlite(tmp_path / "history" / "h.sqlite")
    yield boxes
    boxes.close()


def test_an_empty_store_says_so(boxes: Mailboxes) -> None:
    assert boxes.generation == GENERATION
    assert boxes.cursor() == {}
    page = boxes.page(Wanted(ALICE, counted=True))
    assert (list(page.entries), page.more, page.head, page.left) == ([], False, 0, 0)
    assert boxes.standing(ALICE, ALICE, "m") is None


def test_a_message_is_in_both_mailboxes_and_in_no_other(boxes: Mailboxes) -> None:
    keep(boxes, message("alice", "bob", "1", 10, b"hello"), message("bob", "alice", "2", 20))
    assert seen(boxes, "alice") == seen(boxes, "bob") == ["alice:10", "bob:20"]
    assert seen(boxes, "carol") == []
    first = boxes.page(Wanted(BOB)).entries[0]
    assert (first.topic, first.payload, first.at, first.log) == ("xasup/v1/u/bob/msg/alice", b"hello", 10, "0/10")


def test_a_note_to_oneself_is_there_once(boxes: Mailboxes) -> None:
    keep(boxes, message("alice", "alice", "1", 10))
    assert seen(boxes, "alice") == seen(boxes, "alice", "alice") == ["alice:10"]


def test_a_receipt_comes_to_the_author_and_to_the_readers_own_devices(boxes: Mailboxes) -> None:
    keep(boxes, receipt("bob", "alice", delivered=["1"], at=30))
    assert seen(boxes, "alice") == seen(boxes, "bob") == ["bob:30"]
    assert seen(boxes, "carol") == []


def test_a_message_is_kept_once_by_sender_and_id(boxes: Mailboxes) -> None:
    first = message("alice", "bob", "1", 10)
    assert keep(boxes, first, first) == Kept(1, 1)
    assert keep(boxes, first, message("carol", "bob", "1", 20), message("alice", "bob", "2", 30)) == Kept(2, 1)
    assert seen(boxes, "bob") == ["alice:10", "carol:20", "alice:30"]
    assert seen(boxes, "bob", "alice") == ["alice:10", "alice:30"]


def test_the_cursor_stands_where_its_effect_is(boxes: Mailboxes) -> None:
    other = Shard("xasup.receipts", 3)
    boxes.keep(Batch({MESSAGES: "5", other: "7-1"}))
    keep(boxes, message("alice", "bob", "1"), offset="6")
    assert boxes.cursor() == {MESSAGES: "6", other: "7-1"}


def test_pages_follow_each_other_without_a_gap(boxes: Mailboxes) -> None:
    keep(boxes, *(message("alice", "bob" if number % 3 else "carol", f"{number}", number) for number in range(100)))
    found = list(pages(boxes, "bob", limit=10))
    assert [len(page.entries) for page in found] == [10] * 6 + [6]
    assert [page.more for page in found] == [True] * 6 + [False]
    assert [entry.at for page in found for entry in page.entries] == [number for number in range(100) if number % 3]
    assert found[-1].head == 100
    assert seen(boxes, "bob", after=found[-1].head) == []


def test_a_page_that_ends_where_the_mailbox_ends_is_the_last(boxes: Mailboxes) -> None:
    keep(boxes, *(message("alice", "bob", f"{number}") for number in range(10)))
    assert not boxes.page(Wanted(BOB, limit=10)).more
    assert boxes.page(Wanted(BOB, limit=9)).more


def test_what_is_left_is_counted_where_somebody_asks(boxes: Mailboxes) -> None:
    keep(boxes, joins("bob", "hikers", 0), *(message("alice", "g:hikers", f"g{n}", n) for n in range(10)))
    keep(boxes, *(message("alice", "bob", f"{n}") for n in range(10)))
    assert boxes.page(Wanted(BOB, limit=7)).left == 0
    assert boxes.page(Wanted(BOB, limit=7, counted=True)).left == 13
    assert boxes.page(Wanted(BOB, limit=15, counted=True)).left == 5
    keep(boxes, leaves("bob", "hikers", 7))
    assert boxes.page(Wanted(BOB, limit=1, counted=True)).left == 17, "two of the group came after the decision"


def test_a_page_is_cut_by_bytes_but_never_to_nothing(boxes: Mailboxes) -> None:
    keep(boxes, *(message("alice", "bob", f"{number}", payload=b"x" * 100) for number in range(5)))
    page = boxes.page(Wanted(BOB, room=250, counted=True))
    assert (len(page.entries), page.more, page.left) == (2, True, 3)
    page = boxes.page(Wanted(BOB, room=10, counted=True))
    assert (len(page.entries), page.more, page.left) == (1, True, 4)


def test_with_one_peer_there_is_only_what_is_between_the_two(boxes: Mailboxes) -> None:
    keep(boxes, joins("alice", "bob", 0), joins("bob", "bob", 0))  # a group may have a user's name
    keep(boxes, message("alice", "bob", "1", 1), message("carol", "bob", "2", 2), message("alice", "carol", "3", 3))
    keep(boxes, message("bob", "g:bob", "4", 4), receipt("bob", "alice", read=["1"], at=5))
    assert seen(boxes, "alice", "bob") == seen(boxes, "bob", "alice") == ["alice:1", "bob:5"]
    assert seen(boxes, "alice", "g:bob") == ["bob:4"]
    assert seen(boxes, "alice") == ["alice:1", "alice:3", "bob:4", "bob:5"]
    assert seen(boxes, "alice", "dave") == []


def test_a_user_called_g_and_a_group_are_not_confused(boxes: Mailboxes) -> None:
    keep(boxes, message("g", "hikers", "1", 1), message("alice", "g:hikers", "2", 2))
    assert seen(boxes, "g", "hikers") == ["g:1"]
    assert seen(boxes, "g", "g:hikers") == []
    assert seen(boxes, "g") == ["g:1"]


# ---- groups


def test_a_group_is_seen_from_joining_to_leaving(boxes: Mailboxes) -> None:
    keep(boxes, message("alice", "g:hikers", "1", 1), joins("bob", "hikers", 2), message("alice", "g:hikers", "2", 3))
    keep(boxes, message("alice", "g:hikers", "3", 4), leaves("bob", "hikers", 5), message("alice", "g:hikers", "4", 6))
    assert seen(boxes, "bob") == seen(boxes, "bob", "g:hikers") == ["alice:3", "alice:4"]
    keep(boxes, joins("bob", "hikers", 7), message("alice", "g:hikers", "5", 8))
    assert seen(boxes, "bob") == ["alice:3", "alice:4", "alice:8"]


def test_many_groups_are_merged_page_by_page(boxes: Mailboxes) -> None:
    groups = [f"c{number}" for number in range(20)]
    keep(boxes, *(joins("bob", group, 1) for group in groups))
    keep(boxes, *(message("alice", f"g:{group}", f"1{group}", n) for n, group in enumerate(groups, 10)))
    keep(boxes, message("carol", "bob", "x", 500))
    keep(boxes, *(message("alice", f"g:{group}", f"2{group}", 1000 - n) for n, group in enumerate(reversed(groups))))
    hidden = groups[::3]
    keep(boxes, *(leaves("bob", group, 600) for group in hidden))
    found = seen(boxes, "bob")
    shown = [1000 - n for n, group in enumerate(reversed(groups)) if group not in hidden]
    assert found == [f"alice:{n}" for n in range(10, 30)] + ["carol:500"] + [f"alice:{n}" for n in shown]
    assert boxes.page(Wanted(BOB, limit=1, counted=True)).left == len(found) - 1


def test_after_the_decision_to_end_it_nothing_is_seen_even_before_its_place(boxes: Mailboxes) -> None:
    keep(boxes, joins("bob", "hikers", 1), message("alice", "g:hikers", "1", 50), message("alice", "g:hikers", "2", 51))
    assert seen(boxes, "bob") == ["alice:50", "alice:51"]
    keep(boxes, leaves("bob", "hikers", 50))
    assert seen(boxes, "bob") == ["alice:50"]
    assert boxes.standing(BOB, ALICE, "1") == Standing(50, "", 0, 0)
    assert boxes.standing(BOB, ALICE, "2") is None


def test_who_never_was_a_member_finds_what_is_in_a_group_that_there_is_not(boxes: Mailboxes) -> None:
    keep(boxes, joins("alice", "hikers"), leaves("carol", "hikers"), message("alice", "g:hikers", "1"))
    for user in (BOB, CAROL):
        for peer in ("g:hikers", "g:nowhere"):
            page = boxes.page(Wanted(user, peer=peer, counted=True))
            assert (list(page.entries), page.more, page.left) == ([], False, 0)
    assert boxes.standing(BOB, ALICE, "1") is None


def test_a_decision_that_comes_again_opens_nothing(boxes: Mailboxes) -> None:
    keep(boxes, joins("bob", "hikers", 1), leaves("bob", "hikers", 5))
    keep(boxes, joins("bob", "hikers", 1), message("alice", "g:hikers", "1", 2), leaves("bob", "hikers", 5))
    keep(boxes, joins("bob", "hikers", 5), message("alice", "g:hikers", "2", 3))
    assert seen(boxes, "bob") == []
    keep(boxes, joins("bob", "hikers", 6), leaves("bob", "hikers", 5), message("alice", "g:hikers", "3", 7))
    assert seen(boxes, "bob") == ["alice:7"], "what ended the last membership does not end this one"


def test_another_role_changes_nothing(boxes: Mailboxes) -> None:
    keep(boxes, joins("bob", "hikers", 1), message("alice", "g:hikers", "1", 2), joins("bob", "hikers", 3))
    keep(boxes, message("alice", "g:hikers", "2", 4), leaves("bob", "hikers", 2), message("alice", "g:hikers", "3", 5))
    assert seen(boxes, "bob") == ["alice:2", "alice:4", "alice:5"]


def test_behind_a_gap_no_membership_is_trusted_until_it_is_said_again(boxes: Mailboxes) -> None:
    keep(boxes, joins("bob", "hikers", 1), joins("carol", "hikers", 1), message("alice", "g:hikers", "1", 2))
    keep(boxes, message("alice", "g:hikers", "2", 9), offset="", gap=True)
    assert seen(boxes, "bob") == seen(boxes, "carol") == ["alice:2"]
    keep(boxes, joins("bob", "hikers", 1), leaves("carol", "hikers", 1), message("alice", "g:hikers", "3", 10))
    assert seen(boxes, "bob") == ["alice:2", "alice:10"]
    assert seen(boxes, "carol") == []
    assert boxes.cursor() == {MESSAGES: "1"}


# ---- states


def test_the_first_time_counts_and_nothing_goes_back(boxes: Mailboxes) -> None:
    keep(boxes, message("alice", "bob", "1", 10), message("alice", "bob", "2", 11), message("alice", "bob", "3", 12))
    keep(boxes, receipt("bob", "alice", delivered=["1", "2"], at=20), receipt("bob", "alice", delivered=["1"], at=21))
    keep(boxes, receipt("bob", "alice", read=["1", "3"], at=30), receipt("bob", "alice", read=["1"], at=31))
    keep(boxes, receipt("bob", "alice", delivered=["1", "3"], at=40))
    assert boxes.standing(ALICE, ALICE, "1") == boxes.standing(BOB, ALICE, "1") == Standing(10, "bob", 20, 30)
    assert boxes.standing(ALICE, ALICE, "2") == Standing(11, "bob", 20, 0)
    assert boxes.standing(ALICE, ALICE, "3") == Standing(12, "bob", 0, 30)


def test_a_receipt_may_come_before_its_message(boxes: Mailboxes) -> None:
    keep(boxes, receipt("bob", "alice", delivered=["1"], read=["1"], at=20))
    assert boxes.standing(ALICE, ALICE, "1") is None
    keep(boxes, message("alice", "bob", "1", 10))
    assert boxes.standing(ALICE, ALICE, "1") == Standing(10, "bob", 20, 20)


def test_states_are_for_the_author_and_the_recipient_and_receipts_from_the_recipient(boxes: Mailboxes) -> None:
    keep(boxes, message("alice", "bob", "1", 10), receipt("carol", "alice", read=["1"], at=20))
    assert boxes.standing(ALICE, ALICE, "1") == Standing(10, "bob", 0, 0)
    assert boxes.standing(CAROL, ALICE, "1") is None
    assert boxes.standing(BOB, BOB, "1") is None


# ---- no way into another's mailbox


def test_whatever_is_wanted_only_ones_own_is_found(boxes: Mailboxes) -> None:
    keep(boxes, joins("alice", "hikers"), message("bob", "g:hikers", "1", 1), message("alice", "bob", "2", 2))
    tricks = ["", "alice", "bob", "g:hikers", "u/alice", "c/alice:bob", "alice:bob", "g/hikers", "g:", "%", "*", "'--"]
    for peer in tricks:
        for user in ("carol", "u/alice", "alice:bob", "", "%"):
            assert seen(boxes, user, peer) == [], (user, peer)


EVENTS = st.lists(st.sampled_from(["join", "leave", "stale join", "write", "gap"]), max_size=25)


@given(EVENTS)
def test_nobody_sees_what_came_while_they_were_out(events: list[str]) -> None:
    check_membership(memory, events)


@given(EVENTS)
def test_nor_in_sqlite(events: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_membership(lambda: sqlite(Path(folder) / "h.sqlite"), events)


def check_membership(make: Callable[[], Mailboxes], events: list[str]) -> None:
    """Promise 5, for history: the rule as a few lines, against a store."""
    boxes, inside, allowed = make(), False, list[str]()
    keep(boxes, joins("bob", "hikers", -2), leaves("bob", "hikers", -1))
    for at, event in enumerate(events, 1):
        if event == "write":
            keep(boxes, message("alice", "g:hikers", f"{at}", at))
            allowed += [f"alice:{at}"] if inside else []
        elif event == "gap":
            keep(boxes, gap=True)
            inside = False
        elif event == "stale join":
            keep(boxes, joins("bob", "hikers", -2))
        else:
            inside = event == "join"
            keep(boxes, joins("bob", "hikers", at) if inside else leaves("bob", "hikers", at))
    assert seen(boxes, "bob") == allowed
    boxes.close()


# ---- the twin and SQLite are alike, and SQLite survives


def test_the_twin_and_sqlite_tell_the_same(tmp_path: Path) -> None:
    one, other = memory(), sqlite(tmp_path / "h.sqlite")
    for batch in story(12, 50):
        assert one.keep(batch) == other.keep(batch)
    assert everything(one) == everything(other)
    dice = random.Random(7)
    for _ in range(500):
        wanted = Wanted(
            UserId(f"p{dice.randrange(7)}"),
            after=dice.randrange(600),
            peer=dice.choice(["", "", "p1", "p4", "g:c0", "g:c1"]),
            limit=dice.choice([1, 2, 5, 30]),
            counted=dice.random() < 0.5,
        )
        first, second = one.page(wanted), other.page(wanted)
        assert first._replace(entries=list(first.entries)) == second._replace(entries=list(second.entries)), wanted
    assert sum(map(len, everything(one).values())) > 300
    for number in range(600):
        for user in ("p0", "p3"):
            asked = UserId(user), UserId(f"p{number % 7}"), f"m{number}"
            assert one.standing(*asked) == other.standing(*asked)
    other.close()


def test_it_is_there_after_it_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "history" / "h.sqlite"
    boxes = sqlite(path)
    keep(boxes, joins("bob", "hikers"), message("alice", "g:hikers", "1", 10), offset="17")
    boxes.close()
    again = sqlite(path, generation="another")
    assert (again.generation, again.cursor(), seen(again, "bob")) == (GENERATION, {MESSAGES: "17"}, ["alice:10"])
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_killed_in_the_middle_it_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = memory()
    for batch in story(40, 50):
        whole.keep(batch)
    path = tmp_path / "h.sqlite"
    words = [sys.executable, "-m", "tests.support.mailboxes", str(path), "40", "50"]
    for batches in (3, 5, 8):
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(batches):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)  # while it is at the next one
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    boxes = sqlite(path)
    assert everything(boxes) == everything(whole)
    boxes.close()


def test_a_batch_that_fails_leaves_nothing(tmp_path: Path) -> None:
    boxes = sqlite(tmp_path / "h.sqlite")
    keep(boxes, message("alice", "bob", "1", 1))
    boxes.limit(1)
    with pytest.raises(Unavailable, match="full"):
        keep(boxes, *(message("carol", "dave", f"{n}", n, b"x" * 5000) for n in range(2, 30)), offset="2")
    assert (seen(boxes, "carol"), boxes.cursor()) == ([], {MESSAGES: "1"})
    boxes.limit(1 << 20)
    keep(boxes, message("carol", "dave", "2", 2), offset="2")
    assert (seen(boxes, "dave"), boxes.cursor()) == (["carol:2"], {MESSAGES: "2"})
    boxes.close()


def test_one_service_fills_it_and_others_may_look(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    with pytest.raises(Unavailable, match="no such file; the history service makes it"):
        open_lookup(path)
    boxes = sqlite(path)
    with pytest.raises(Unavailable, match=f"in use by process {os.getpid()}"):
        sqlite(path)
    lookup = open_lookup(path)
    keep(boxes, message("alice", "bob", "1", 1))
    assert [entry.at for entry in lookup.page(Wanted(BOB)).entries] == [1]
    boxes.close()
    assert [entry.at for entry in lookup.page(Wanted(BOB)).entries] == [1]
    lookup.close()


def test_a_newer_layout_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    sqlite(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    for opening in (lambda: sqlite(path), lambda: open_lookup(path)):
        with pytest.raises(Unavailable, match="made by a newer xasup"):
            opening()
    path.write_bytes(b"no database, but a letter of somebody" * 30)
    with pytest.raises(Unavailable, match="not a database"):
        sqlite(path)


# ---- negative controls: a store that is broken on purpose must not pass


def test_a_store_that_forgets_memberships_would_be_noticed() -> None:
    class Careless(mailboxes.MemoryMailboxes):
        def keep(self, batch: Batch) -> Kept:
            batch.memberships = [it for it in batch.memberships if it.inside]
            return super().keep(batch)

    with pytest.raises(AssertionError):
        check_membership(lambda: Careless(GENERATION), ["join", "write", "leave", "write"])


def test_a_store_that_forgets_the_time_of_the_decision_would_be_noticed() -> None:
    class Careless(mailboxes.MemoryMailboxes):
        def keep(self, batch: Batch) -> Kept:
            batch.memberships = [it if it.inside else it._replace(at=1 << 50) for it in batch.memberships]
            return super().keep(batch)

    with pytest.raises(AssertionError):
        test_after_the_decision_to_end_it_nothing_is_seen_even_before_its_place(Careless(GENERATION))


def test_a_store_that_keeps_twice_would_be_noticed() -> None:
    class Careless(mailboxes.MemoryMailboxes):
        def keep(self, batch: Batch) -> Kept:
            self._known.clear()
            return super().keep(batch)

    with pytest.raises(AssertionError):
        test_a_message_is_kept_once_by_sender_and_id(Careless(GENERATION))


def test_the_names_of_mailboxes_differ_for_users_groups_and_talks() -> None:
    assert len({port.own("a"), port.group("a"), port.talk(UserId("a"), UserId("b")), port.group("a:b")}) == 4
