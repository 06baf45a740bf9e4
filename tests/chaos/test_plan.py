"""A schedule of faults."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.e2e.test_no_loss import SEEDS
from xasup.chaos.act import Order
from xasup.chaos.faults import weather
from xasup.chaos.plan import (
    ALL,
    GAP,
    JUMPS,
    LINK,
    STORMS,
    Fault,
    Kind,
    downs,
    hurried,
    jumps,
    kills,
    pauses,
    shuffled,
    storms,
)
from xasup.chaos.proxy import FAIR
from xasup.chaos.routes import BRIDGE, CLIENTS, LOG
from xasup.chaos.talk import Ground, everything, planned
from xasup.stack import LogKind

PARTS = ["bridge", "history", "redis"]
OURS = ["bridge", "contacts", "history", "mosquitto", "projector", "receivers", "redis", "senders"]


def test_each_part_is_killed_so_often() -> None:
    faults = kills(PARTS, 3, random.Random(7))
    assert Counter((it.kind, it.where) for it in faults) == {(Kind.KILL, (part,)): 3 for part in PARTS}
    assert all(0 < it.gap <= GAP for it in faults)


def test_every_part_is_paused_and_in_every_third_pause_another_with_it() -> None:
    faults = pauses(PARTS, 30, random.Random(7))
    assert Counter(len(it.where) for it in faults) == {1: 20, 2: 10}
    assert {it.where[0] for it in faults} == set(PARTS)
    assert all(len(set(it.where)) == len(it.where) for it in faults)


def test_every_kind_of_storm_comes_on_every_route_where_it_can() -> None:
    faults = storms(["a", "b", "c"], ["a", "b"], 60, random.Random(7))
    assert {(it.kind, it.where) for it in faults} == {
        (kind, (route,)) for kind in STORMS for route in (("a", "b") if kind is Kind.CUT else ("a", "b", "c"))
    }
    assert all((weather(it) == FAIR) is (it.kind in (Kind.RESET, Kind.HALF_OPEN)) for it in faults)
    assert all(it.lasts > 0 for it in faults if weather(it) != FAIR)


def test_the_link_goes_down_for_a_while() -> None:
    assert all(it.kind is Kind.DOWN and it.where == (LINK,) and it.lasts >= 1 for it in downs(10, random.Random(7)))


def test_clocks_jump_all_at_once_and_some_by_themselves() -> None:
    faults = jumps(PARTS, 36, random.Random(7))
    assert Counter(it.kind for it in faults) == dict.fromkeys(JUMPS, 12)
    assert sum(it.where == (ALL,) for it in faults) == 18
    assert {it.where[0] for it in faults[1::2]} == set(PARTS)
    assert {len(it.where) for it in faults} == {1, 2, 3}


def test_in_a_hurry_the_same_faults_come_sooner() -> None:
    faults = kills(PARTS, 3, random.Random(7))
    for usual, soon in zip(faults, hurried(faults), strict=True):
        assert soon._replace(gap=usual.gap) == usual
        assert soon.gap == pytest.approx(usual.gap / 3)


def test_the_seed_decides_the_order() -> None:
    def schedule(seed: int) -> list[Fault]:
        dice = random.Random(seed)
        return shuffled([*kills(PARTS, 3, dice), *pauses(PARTS, 3, dice)], dice)

    assert schedule(7) == schedule(7)
    assert schedule(7) != schedule(8)


@pytest.mark.parametrize("link", [True, False])
@pytest.mark.parametrize(("log", "parts"), [("redis", OURS), ("kafka", sorted([*OURS, "kafka", "zookeeper"]))])
def test_the_seeds_of_the_tests_begin_with_what_takes_longest_to_be_noticed(
    log: LogKind, parts: list[str], link: bool
) -> None:
    ground, order = Ground(parts, [CLIENTS, BRIDGE, LOG], link), Order(log=log, seed=SEEDS[log], short=True)

    def schedule() -> list[Fault]:
        return list(planned(order, ground, lambda ground, dice: everything(order, ground, dice)))

    faults = schedule()
    assert len(faults) >= 15 and faults == schedule()
    assert any(fault.kind is Kind.HALF_OPEN for fault in faults[:4])
