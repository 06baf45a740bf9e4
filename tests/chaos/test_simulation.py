"""The simulation: many seeds without a broken promise, the same run for the same seed, and each broken habit named."""

from __future__ import annotations

import pytest

from tests.support.docs import DOCS
from tests.support.tables import between
from xasup.chaos.simulation.controls import CONTROLS
from xasup.chaos.simulation.many import play, trace


@pytest.mark.timeout(300)  # a machine that does much else at the same time
async def test_five_hundred_seeds_break_no_promise() -> None:
    tally = await play(1, 500, processes=2)
    assert tally.runs == 500
    assert tally.broken == {}
    assert tally.shown > tally.stored > 5000


@pytest.mark.parametrize("seed", [11315, 6775, 6847, 2532])
async def test_what_was_wrong_once_is_right(seed: int) -> None:
    """An order in which things happened to go wrong, with what was wrong then: see docs/reliability.md."""
    assert (await play(seed, 1, processes=1)).broken == {}


async def test_the_same_seed_is_the_same_run() -> None:
    first, second = await trace(3), await trace(3)
    assert first == second
    assert len(first) > 20


async def test_a_run_knows_nothing_of_those_before_it() -> None:
    """Disks and processes are used again."""
    assert await trace(30, after=12) == await trace(30)


async def test_a_simulator_that_fails_is_no_good_run() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await play(1, 2, processes=1, control="no such control")
    assert "seed 1 " in str(caught.value.exceptions[0])


@pytest.mark.parametrize("name", CONTROLS)
async def test_a_broken_habit_is_caught_and_named(name: str) -> None:
    control = CONTROLS[name]
    tally = await play(1, 60, processes=1, control=name, enough=1)
    assert tally.kinds[control.caught] > 0
    assert f"| {name} | {control.what} | {control.caught} |" in between(DOCS / "reliability.md", "controls")
