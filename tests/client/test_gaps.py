"""Numbers that are missing: what there is to hope, and until when it is waited for."""

from __future__ import annotations

import pytest

from xasup.client.arrivals import Candidate, showable
from xasup.client.gaps import GIVEN_UP, GRACE, LATE, Came, Gap, Hope, came, due, gaps, noticed
from xasup.protocol.ids import ClientId
from xasup.wire.store import Lane

ME, LANE = ClientId.parse("alice:laptop"), Lane("bob", "bob", "d1")
AWAY = -1.0  # history has not told anything


def numbered(n: int, low: int = 0, src: str = "d1") -> Candidate:
    return Candidate("bob", "bob", f"{src}-{n}", None, src, n, low)


def found(counts: dict[Lane, int], *held: Candidate) -> dict[str, Gap]:
    showing = showable(held, set(), (), counts)
    return gaps(ME, held, showing.held, showing.gaps, counts)


def hopes(counts: dict[Lane, int], *held: Candidate) -> dict[str, Hope]:
    return {id: gap.hope for id, gap in found(counts, *held).items()}


@pytest.mark.parametrize("counts", [{}, {LANE: 2}])
def test_what_its_sender_still_had_comes(counts: dict[Lane, int]) -> None:
    assert hopes(counts, numbered(5, low=1)) == {"d1-5": Hope.SURE}
    assert hopes(counts, numbered(5, low=4)) == {"d1-5": Hope.SURE}
    assert hopes(counts, numbered(5, low=5)) == {"d1-5": Hope.NONE}


def test_a_later_message_may_say_that_it_never_comes() -> None:
    held = numbered(5, low=3), numbered(6, low=4)
    assert hopes({LANE: 2}, *held) == {"d1-5": Hope.SURE}
    assert hopes({LANE: 2}, *held, numbered(7, low=5)) == {"d1-5": Hope.NONE}
    assert found({LANE: 2}, *held, numbered(7, low=5))["d1-5"].signs == ["d1-7"]
    assert hopes({LANE: 2}, *held, numbered(9, low=8, src="d2")) == {"d1-5": Hope.SURE, "d2-9": Hope.SURE}


def test_of_a_sender_who_does_not_say_nobody_knows() -> None:
    assert hopes({LANE: 2}, numbered(5)) == {"d1-5": Hope.SOME}
    assert hopes({}, numbered(5)) == {"d1-5": Hope.NONE}


def test_what_this_device_wrote_itself_and_has_not_nobody_offers() -> None:
    """Its file is an older one again."""
    mine = Candidate("bob", "alice", "mine", None, ME.tag, 5, 4)
    assert hopes({}, mine) == hopes({mine.lane: 2}, mine) == {"mine": Hope.NONE}
    for other in (mine._replace(src="0f0f0f0f"), mine._replace(sender="bob")):
        assert hopes({}, other) == {"mine": Hope.SURE}


def test_how_long_it_is_waited_for() -> None:
    at = {"m": Came(here=1000.0, since=1000.0)}
    none, some, sure = (Gap(hope, ["m"], ["m"]) for hope in Hope)
    assert [due(gap, at, AWAY) - 1000 for gap in (none, some, sure)] == [GIVEN_UP] * 3
    assert [due(gap, at, 999.0) - 1000 for gap in (none, some, sure)] == [GIVEN_UP] * 3
    assert [due(gap, at, 1000.0) - 1000 for gap in (none, some, sure)] == [0, LATE, GIVEN_UP]


def test_history_counts_when_it_was_asked_after_the_sign() -> None:
    at = {"m": Came(10.0, 10.0), "later": Came(50.0, 50.0)}
    gap = Gap(Hope.NONE, ["later"], ["m", "later"])
    assert noticed(gap, at) == 50.0
    assert due(gap, at, complete=20.0) == 10.0 + GIVEN_UP
    assert due(gap, at, complete=60.0) == 50.0


def test_what_came_first_sets_the_end_for_what_is_before_it() -> None:
    """However often an earlier one comes, and more is missing before that."""
    at = {"m9": Came(10.0, 10.0), "m7": Came(100.0, 100.0)}
    assert due(Gap(Hope.SURE, ["m7"], ["m7", "m9"]), at, complete=101.0) == 10.0 + GIVEN_UP


def test_a_process_before_this_one_has_waited_too() -> None:
    sure = Gap(Hope.SURE, ["m"], ["m"])
    waited = {"m": came(now=1000.0, now_ms=500_000, at=470_000)}
    assert due(sure, waited, complete=1001.0) == 1000.0 - 30 + GIVEN_UP
    assert due(sure, waited, AWAY) == 1000.0 + GIVEN_UP
    for wrong_clock in (-31_536_000_000, 31_536_000_000):
        waited = {"m": came(now=1000.0, now_ms=500_000 + wrong_clock, at=499_000)}
        assert due(sure, waited, complete=1001.0) in (1000.0 + GRACE, 1000.0 + GIVEN_UP)
