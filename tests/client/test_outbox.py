"""The books of the outbox: order, bounds, and that nothing is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from xasup.client.outbox import ROOM, WINDOW, Outbox, Parcel


def parcel(seq: int, **more: object) -> Parcel:
    return Parcel(seq, f"m{seq}", "bob", b"", **more)  # type: ignore[arg-type]


def ready(*parcels: Parcel) -> Outbox:
    """With nothing left in the file."""
    outbox = Outbox()
    outbox.fill(list(parcels), 1000)
    return outbox


def taken(outbox: Outbox) -> list[int]:
    found = []
    while (it := outbox.take()) is not None:
        found.append(it.seq)
    return found


def test_first_come_first_published() -> None:
    outbox = ready()
    outbox.add([parcel(1), parcel(2)])
    outbox.add([parcel(3)])
    assert taken(outbox) == [1, 2, 3]


def test_no_more_than_the_window_flies() -> None:
    outbox = ready(*(parcel(n) for n in range(1, WINDOW + 3)))
    assert len(taken(outbox)) == WINDOW
    outbox.landed("m1")
    assert taken(outbox) == [WINDOW + 1]


def test_what_does_not_fit_stays_in_the_file_and_keeps_its_order() -> None:
    outbox = ready()
    outbox.add(parcel(n) for n in range(1, ROOM + 11))
    assert outbox.behind
    assert outbox.upto == ROOM
    outbox.add([parcel(ROOM + 11)])  # not before the ten that wait in the file
    assert not outbox.hungry()
    for seq in taken(outbox):
        outbox.landed(f"m{seq}")
    while not outbox.hungry():
        for seq in taken(outbox):
            outbox.landed(f"m{seq}")
    outbox.fill([parcel(n) for n in range(ROOM + 1, ROOM + 12)], 500)
    rest = []
    while batch := taken(outbox):
        rest += batch
        for seq in batch:
            outbox.landed(f"m{seq}")
    assert rest[-11:] == list(range(ROOM + 1, ROOM + 12))
    assert not outbox.behind


def test_what_was_read_from_the_file_meanwhile_is_not_taken_twice() -> None:
    outbox = Outbox()
    outbox.fill([parcel(1), parcel(2)], 1000)
    outbox.add([parcel(2), parcel(3)])
    assert taken(outbox) == [1, 2, 3]


def test_what_flew_when_the_connection_was_lost_flies_again_first() -> None:
    outbox = ready(*(parcel(n) for n in range(1, 5)))
    for _ in range(3):
        outbox.take()
    outbox.landed("m2")
    outbox.lost()
    assert taken(outbox) == [1, 3, 4]


def test_behind_what_was_turned_down_its_conversation_waits_and_others_go_on() -> None:
    outbox = ready(parcel(1), parcel(2), parcel(3), Parcel(4, "m4", "carol", b""))
    one = outbox.take()
    two = outbox.take()
    assert one is not None and two is not None
    for it in (one, two):
        outbox.landed(it.id)
        outbox.turned_down(it)
    assert taken(outbox) == [4]
    outbox.put_back([two])
    assert taken(outbox) == [], "an older one comes before it"
    outbox.put_back([one])
    assert taken(outbox) == [1]
    outbox.landed("m1")
    assert taken(outbox) == [2], "one by one"
    outbox.landed("m2")
    assert taken(outbox) == [3]


@pytest.mark.parametrize("end", ["settled", "lost"])
def test_nobody_waits_behind_what_does_not_come_again(end: str) -> None:
    outbox = ready(parcel(1), parcel(2))
    one = outbox.take()
    assert one is not None
    outbox.landed("m1")
    outbox.turned_down(one)
    if end == "settled":
        outbox.settle("m1")
    else:
        outbox.lost()
    assert taken(outbox) == [2]


def test_settled_is_settled() -> None:
    outbox = ready(parcel(1), parcel(2), parcel(3))
    outbox.take()
    outbox.landed("m1")
    outbox.take()
    for id in ("m1", "m2", "m3"):
        outbox.settle(id)
    outbox.lost()
    assert taken(outbox) == []


def test_offering_what_is_on_its_way_changes_nothing() -> None:
    outbox = ready(parcel(1), parcel(2))
    outbox.take()
    outbox.offer(parcel(1))
    outbox.offer(parcel(2))
    outbox.put_back([parcel(1)])
    assert taken(outbox) == [2]


def test_what_is_offered_again_comes_before_what_is_newer() -> None:
    outbox = ready(parcel(8), parcel(9))
    outbox.put_back([parcel(2), parcel(1)])
    outbox.offer(parcel(3))  # but a person's wish comes last
    assert taken(outbox) == [1, 2, 8, 9, 3]


class Books(RuleBasedStateMachine):
    """Whatever happens: each message about which the broker has not answered is still somewhere in the books."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox, self.open, self.flying, self.last = ready(), set[str](), set[str](), 0

    @rule(count=st.integers(1, 5))
    def send(self, count: int) -> None:
        self.outbox.add(parcel(n) for n in range(self.last + 1, self.last + count + 1))
        self.open |= {f"m{n}" for n in range(self.last + 1, self.last + count + 1)}
        self.last += count

    @rule()
    def publish(self) -> None:
        while (it := self.outbox.take()) is not None:
            self.flying.add(it.id)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), back=st.booleans())
    def hear(self, data: st.DataObject, back: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.flying)))
        self.flying.discard(id)
        landed = self.outbox.landed(id)
        assert landed is not None
        if back:
            self.outbox.turned_down(landed)
            self.outbox.put_back([landed])
        else:
            self.open.discard(id)

    @rule()
    def lose(self) -> None:
        self.outbox.lost()
        self.flying.clear()

    @invariant()
    def nothing_is_forgotten(self) -> None:
        books = self.outbox
        assert self.open <= {*books._queue, *books._flying}
        assert len(books._flying) <= WINDOW

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        books = self.outbox
        assert books._flying or not books._queue or books._next() is not None


TestBooks = Books.TestCase
