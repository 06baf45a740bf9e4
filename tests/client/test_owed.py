"""Receipts in few packets."""

from __future__ import annotations

from xasup.client.owed import Owed
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.receipts import BATCH, Receipt

BOB, CAROL = UserId("bob"), UserId("carol")


def ids(*numbers: int) -> list[MessageId]:
    return [MessageId(f"m{n}") for n in numbers]


def test_a_burst_is_one_packet_for_each_person() -> None:
    owed = Owed()
    for n in range(300):
        owed.delivered(BOB, ids(n))
    owed.delivered(CAROL, ids(1))
    assert owed.take() == [(BOB, Receipt(tuple(ids(*range(300))))), (CAROL, Receipt(tuple(ids(1))))]


def test_one_packet_at_a_time_and_what_comes_meanwhile_goes_together() -> None:
    owed = Owed()
    owed.delivered(BOB, ids(1))
    assert len(owed.take()) == 1
    owed.delivered(BOB, ids(2))
    owed.delivered(BOB, ids(3, 2))
    assert owed.take() == []
    owed.landed(BOB)
    assert owed.take() == [(BOB, Receipt(tuple(ids(2, 3))))]


def test_no_packet_holds_more_than_a_batch() -> None:
    owed = Owed()
    owed.read(BOB, ids(*range(BATCH)))
    owed.delivered(BOB, ids(*range(BATCH, BATCH + 10)))
    [(_, first)] = owed.take()
    assert (len(first.read), first.delivered) == (BATCH, ())
    owed.landed(BOB)
    [(_, second)] = owed.take()
    assert len(second.delivered) == 10


def test_read_says_that_it_was_delivered() -> None:
    owed = Owed()
    owed.delivered(BOB, ids(1, 2))
    owed.read(BOB, ids(1))
    assert owed.take() == [(BOB, Receipt(tuple(ids(2)), tuple(ids(1))))]


def test_refusals() -> None:
    owed = Owed()
    owed.refused(BOB, MessageId("m1"), "text: missing")
    assert owed.take() == [(BOB, Receipt(refused={MessageId("m1"): "text: missing"}))]
    owed.landed(BOB)
    assert owed.take() == []
    assert not owed._due  # nothing is kept about people to whom nothing is owed


def test_a_lost_connection() -> None:
    owed = Owed()
    owed.delivered(BOB, ids(1))
    owed.take()
    owed.forget()
    owed.landed(BOB)
    owed.delivered(BOB, ids(2))
    assert len(owed.take()) == 1
