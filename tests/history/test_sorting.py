"""Records of the log become what the mailboxes keep; what cannot be understood is put aside, with the reason."""

from __future__ import annotations

import pytest

from history.sorting import sort
from tests.history import scribe
from tests.history.scribe import NOW, membership, message, poison, raw, read, receipt
from xasup.protocol.streams import Stream, Type
from xasup.wire.log.port import Record, Shard
from xasup.wire.mailboxes import Letter, Membership, Sight


def test_messages_receipts_and_memberships_come_in_one_order() -> None:
    batch, aside = sort(
        read(
            message("alice", "bob", "1", NOW + 123),
            membership("bob", "hikers", "member", NOW - 5),
            message("alice", "g:hikers", "2"),
            receipt("bob", "alice", delivered=["1", "2"], read=["1"]),
            membership("bob", "hikers", "none", NOW + 5),
        )
    )
    assert not aside
    assert [(letter.order, letter.id, letter.at) for letter in batch.letters] == [
        (1, "1", NOW + 123),
        (3, "2", NOW),
        (5, None, NOW),
    ]
    assert batch.letters[0].topic == "xasup/v1/u/bob/msg/alice"
    assert batch.letters[0].log == "0/1"
    assert batch.memberships == [
        Membership(2, "bob", "hikers", True, NOW - 5),
        Membership(4, "bob", "hikers", False, NOW + 5),
    ]
    assert batch.sights == [
        Sight("1", "alice", "bob", NOW, False),
        Sight("2", "alice", "bob", NOW, False),
        Sight("1", "alice", "bob", NOW, True),
    ]
    assert batch.cursor == {Shard(Stream.MESSAGES, 0): "5", Shard(Stream.RECEIPTS, 0): "4"}


def test_shards_are_merged_by_the_logs_clock_and_keep_their_own_order() -> None:
    entries = read(
        receipt("bob", "alice", delivered=["1"]),
        receipt("bob", "alice", delivered=["2"]),
        message("alice", "bob", "1"),
        message("alice", "bob", "2"),
        message("alice", "bob", "3"),
    )
    times = [NOW + 1, NOW + 5, NOW + 1, NOW + 7, NOW + 6]  # the clock jumped back at the last
    batch, _ = sort([entry._replace(at=at) for entry, at in zip(entries, times, strict=True)])
    assert [letter.id for letter in batch.letters] == ["1", None, None, "2", "3"]
    assert batch.cursor == {Shard(Stream.MESSAGES, 0): "5", Shard(Stream.RECEIPTS, 0): "2"}


def test_a_plain_text_keeps_the_id_that_the_bridge_gave_it() -> None:
    batch, _ = sort(read(raw("sensor", "bob", b"\xff\x00", id="0199.3")))
    assert batch.letters == [Letter(1, "xasup/v1/u/bob/msg/sensor", "0199.3", NOW, "0/1", b"\xff\x00")]


@pytest.mark.parametrize("role", ["owner", "member", "invited", "none"])
def test_who_is_invited_is_not_inside(role: str) -> None:
    batch, _ = sort(read(membership("bob", "hikers", role)))
    assert [it.inside for it in batch.memberships] == [role in ("owner", "member")]


def test_an_answer_of_the_groups_service_is_no_membership() -> None:
    answer = scribe.record("xasup/v1/u/bob/event/groups", Type.MEMBERSHIP, b'{"event":"answer","ok":true}', NOW)
    batch, aside = sort(read(answer))
    assert not batch.memberships
    assert not aside


def test_without_a_time_the_logs_own_counts() -> None:
    [entry] = read(message("alice", "bob", "1"))
    for time in ({}, {"ce_time": b"yesterday"}, {"ce_time": b"\xff"}):
        headers = {name: value for name, value in entry.headers.items() if name != "ce_time"} | time
        batch, aside = sort([entry._replace(headers=headers)])
        assert [letter.at for letter in batch.letters] == [NOW + 5000]
        assert not aside


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (poison(), "ce_type"),
        (poison(ce_type="xasup.message"), "topic"),
        (poison(ce_type="xasup.message", ce_subject="xasup/v1/u/bob/receipt/alice", ce_id="1"), "no place for"),
        (poison(ce_type="xasup.message", ce_subject="xasup/v1/svc/history/request/bob", ce_id="1"), "no place for"),
        (poison(ce_type="xasup.message", ce_subject="xasup/v1/u/bob/msg/alice"), "id ''"),
        (poison(ce_type="xasup.message", ce_subject="xasup/v1/u/bob/msg/alice", ce_id="x" * 65), "id 'x"),
        (poison(b"{", ce_type="xasup.receipt", ce_subject="xasup/v1/u/bob/receipt/alice"), "JSON"),
        (poison(b"{", ce_type="xasup.membership", ce_subject="xasup/v1/u/bob/event/groups"), "JSON"),
        (membership("bob", "hikers", "king"), "role"),
        (membership("bob", "hikers", "member", True), "ts"),  # type: ignore[arg-type]
    ],
)
def test_poison_is_put_aside_and_the_rest_goes_on(record: Record, reason: str) -> None:
    batch, [aside] = sort(read(message("alice", "bob", "1"), record, message("alice", "bob", "2")))
    assert [letter.id for letter in batch.letters] == ["1", "2"]
    assert reason in aside.reason
    assert aside.entry.value == record.value
    assert batch.cursor[Shard(Stream.MESSAGES, 0)] == "3"


def test_a_membership_of_a_time_that_no_file_can_hold_is_put_aside() -> None:
    beyond = poison(
        b'{"event":"group","group":"hikers","role":"member","ts":9223372036854775808}',
        ce_type="xasup.membership",
        ce_subject="xasup/v1/u/bob/event/groups",
    )
    batch, aside = sort(read(beyond, message("alice", "bob", "1")))
    assert [it.reason.partition(":")[0] for it in aside] == ["ts"]
    assert len(batch.letters) == 1
