"""What a refused publish means, by the reasons that came, or did not come, beside it."""

from __future__ import annotations

import pytest

from xasup.client.doubts import FRESH, MAX_DOUBTS, PASSING, PATIENCE, Again, Doubts, Refusal, before
from xasup.client.outbox import Parcel
from xasup.protocol.access import Reason


def parcel(id: str = "m1", conversation: str = "bob", doubts: int = 0) -> Parcel:
    return Parcel(1, id, conversation, b"", doubts=doubts)


def test_the_reason_comes_after_the_no() -> None:
    doubts, one = Doubts(), parcel()
    assert doubts.refused(one, 0.0) == []
    assert doubts.any
    assert doubts.heard("carol", Reason.NOT_ACCEPTED, 0.0) == []
    assert doubts.heard("bob", Reason.NOT_ACCEPTED, 0.1) == [Refusal(one, Reason.NOT_ACCEPTED)]
    assert not doubts.any


def test_a_reason_holds_for_what_follows_it() -> None:
    doubts = Doubts()
    doubts.heard("bob", Reason.NOT_ACCEPTED, 0.0)
    assert doubts.refused(parcel(), FRESH / 2) == [Refusal(parcel(), Reason.NOT_ACCEPTED)]
    assert doubts.refused(parcel(), FRESH * 2) == []


@pytest.mark.parametrize("reason", sorted(PASSING))
def test_what_passes_is_tried_again(reason: Reason) -> None:
    doubts = Doubts()
    doubts.refused(parcel(), 0.0)
    [ruling] = doubts.heard("bob", reason, 0.0)
    assert isinstance(ruling, Again)
    assert isinstance(doubts.refused(parcel("m2", "carol"), 0.1)[0], Again)  # it concerns everybody


def test_without_a_reason_it_is_tried_a_few_times_and_then_believed() -> None:
    doubts, one = Doubts(), parcel()
    for _ in range(MAX_DOUBTS - 1):
        doubts.refused(one, 0.0)
        assert doubts.overdue(PATIENCE / 2) == []
        [ruling] = doubts.overdue(PATIENCE)
        assert isinstance(ruling, Again)
        one = ruling.parcel
    doubts.refused(one, 0.0)
    assert doubts.overdue(PATIENCE) == [Refusal(one, Reason.NOT_ACCEPTED)]


def test_in_a_group_it_means_that_one_is_not_a_member() -> None:
    doubts, one = Doubts(), parcel(conversation="g:hikers", doubts=MAX_DOUBTS)
    doubts.refused(one, 0.0)
    assert doubts.overdue(PATIENCE) == [Refusal(one, Reason.NOT_MEMBER)]


def test_a_lost_connection_leaves_no_doubt_behind() -> None:
    doubts = Doubts()
    doubts.refused(parcel(), 0.0)
    assert doubts.forget() == [parcel()]
    assert doubts.overdue(99.0) == []


def test_what_is_discarded_meanwhile_is_not_tried_again() -> None:
    doubts = Doubts()
    doubts.refused(parcel(), 0.0)
    doubts.settle("m1")
    assert doubts.heard("bob", Reason.TOO_FAST, 0.0) == []


def test_what_is_remembered_is_bounded() -> None:
    doubts = Doubts()
    for n in range(5000):
        doubts.heard(f"user-{n}", Reason.NOT_ACCEPTED, 0.0)
    assert len(doubts._heard) <= 1000


def test_a_no_of_a_broker_that_says_no_to_everything_does_not_count() -> None:
    """Found by simulation: a directory that could not be read for three offers made the fourth no, of which nothing was
    known, the last one."""
    doubts, offered = Doubts(), parcel()
    for round in range(MAX_DOUBTS * 2):
        doubts.refused(offered, now := round * 10.0)
        [ruling] = doubts.overdue(now + 2 * PATIENCE)
        offered = before(ruling)
    assert offered == parcel()
