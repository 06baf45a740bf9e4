"""Acts, what came out, and the command that plays one again."""

from __future__ import annotations

import pytest

from xasup.chaos.act import Mark, Order, Outcome
from xasup.chaos.acts import ACTS, chosen
from xasup.chaos.outcome import SLOW, Recoveries, healed, outcome, rates
from xasup.chaos.transcript import Shown, Stamped, Told
from xasup.chaos.verdict import Verdict
from xasup.protocol.errors import Malformed

GOOD = Verdict(accepted=3, stored=3, shown=3, wrong={"lost": []})


def test_acts_are_named_in_any_case_and_a_wrong_name_is_told_the_right_ones() -> None:
    assert [act.name for act in chosen("t2, T1")] == ["T2", "T1"]
    assert [act.name for act in chosen("")] == [act.name for act in ACTS if act.usual]
    with pytest.raises(Malformed, match="no act 't9'; there are T0, T1, T2"):
        chosen("T9")


def test_an_outcome_names_the_command_that_plays_it_again() -> None:
    found = Outcome("T1", Order(log="kafka", seed=7, short=True, kills=2), {}, {"lost": ["m1"]})
    assert not found.good
    assert found.replay == "xasup chaos --log kafka --act T1 --seed 7 --users 20 --rate 300 --kills 2 --short"


def test_ninety_five_of_a_hundred() -> None:
    assert Recoveries.of([]) == (0, 0.0, 0.0)
    assert Recoveries.of(range(1, 101)) == (100, 95, 100)
    assert Recoveries.of([3.0]) == (1, 3.0, 3.0)


def test_slow_recoveries_are_wrong_in_the_long_form_and_kafka_may_take_longer() -> None:
    marks = [Mark("kill: bridge", 0, 6, 6.0), Mark("kill: kafka", 7, 19, 12.0), Mark("pause: redis", 20, 23)]
    found = outcome("T1", Order(), marks, GOOD, [], 0)
    assert found.wrong[SLOW] == ["6.0 s at p95; 5 s are allowed"]
    assert (found.counts["slowest s"], found.counts["slowest s of Kafka"]) == (6.0, 12.0)
    assert outcome("T1", Order(short=True), marks, GOOD, [], 0).good


def test_a_fault_without_a_measure_is_over_when_somebody_is_told_stored_again() -> None:
    told = [Stamped(at, Told("m1", "stored")) for at in (11_000, 15_500)]
    marks = [Mark("pause: redis", 2, 5), Mark("kill: bridge", 2, 3, 0.5), Mark("reset: bridge to log", 6, 6)]
    assert [mark.recovered for mark in healed(marks, told, begun=10.0)] == [0.5, 0.5, None]


def test_what_was_on_its_way_is_no_recovery_where_a_silence_follows() -> None:
    told = [Stamped(at, Told("m1", "stored")) for at in (10_050, 10_900, 15_500, 16_000, 18_000, 30_000)]
    (mark,) = healed([Mark("half-open: clients to broker", 0, 0)], told, begun=10.0)
    assert mark.recovered == 5.5


def test_the_network_which_only_a_keepalive_may_notice_is_counted_by_itself() -> None:
    marks = [Mark("half-open: bridge to broker", 0, 0, 40.0), Mark("kill: bridge", 1, 1, 1.0)]
    found = outcome("T3", Order(), marks, GOOD, [], 0)
    assert found.good
    assert (found.counts["slowest s"], found.counts["slowest s of the network"]) == (1.0, 40.0)


def test_a_clock_has_to_be_lived_with_as_soon_as_a_killed_part() -> None:
    marks = [Mark("a year ahead: bridge and redis", 0, 0, 6.0), Mark("kill: bridge", 1, 1, 1.0)]
    assert outcome("T6", Order(), marks, GOOD, [], 0).wrong[SLOW] == ["6.0 s of a clock at p95; 5 s are allowed"]


def test_rates_count_what_happened_in_each_second() -> None:
    shown = Shown("alice", "alice", "m1")
    told = [Stamped(9_000, shown), Stamped(10_100, shown), Stamped(12_999, Told("m2", "stored"))]
    assert rates(told, begun=10.0) == {"sent": [0, 0, 0], "stored": [0, 0, 1], "shown": [1, 0, 0]}
