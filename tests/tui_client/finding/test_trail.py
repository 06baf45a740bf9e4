"""Going back to where one was, and forward again."""

from __future__ import annotations

from tui_client.finding.trail import KEPT, Place, Trail

BOB, CAROL, DAVE = Place("bob"), Place("carol", 7), Place("dave")


def test_back_and_forward_again() -> None:
    trail = Trail().leave(BOB).leave(CAROL)
    trail, place = trail.back(DAVE)
    assert place == CAROL
    trail, place = trail.back(CAROL)
    assert place == BOB
    assert trail.back(BOB) == (trail, None)
    trail, place = trail.forward(BOB)
    assert place == CAROL
    trail, place = trail.forward(CAROL)
    assert place == DAVE
    assert trail.forward(DAVE) == (trail, None)


def test_who_goes_elsewhere_has_nothing_ahead() -> None:
    trail, _ = Trail().leave(BOB).back(CAROL)
    assert trail.leave(BOB).forward(DAVE)[1] is None


def test_a_place_is_kept_once_and_only_so_many() -> None:
    assert Trail().leave(BOB).leave(BOB).behind == (BOB,)
    trail = Trail()
    for number in range(KEPT * 2):
        trail = trail.leave(Place("bob", number))
    assert len(trail.behind) == KEPT
