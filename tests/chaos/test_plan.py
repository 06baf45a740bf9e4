"""A schedule of faults."""

from __future__ import annotations

from collections import Counter

from xasup.chaos.plan import GAP, Kind, schedule


def test_each_part_gets_its_faults_in_an_order_that_the_seed_decides() -> None:
    faults = schedule(["bridge", "redis"], kills=3, pauses=1, seed=7)
    assert Counter((it.kind, it.part) for it in faults) == {
        (Kind.KILL, "bridge"): 3,
        (Kind.KILL, "redis"): 3,
        (Kind.PAUSE, "bridge"): 1,
        (Kind.PAUSE, "redis"): 1,
    }
    assert all(0 < it.gap <= GAP for it in faults)
    assert faults == schedule(["bridge", "redis"], kills=3, pauses=1, seed=7)
    assert faults != schedule(["bridge", "redis"], kills=3, pauses=1, seed=8)
