"""The acts that are simulated: broken habits are named, lives counted, and what is not as it should be is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from xasup.chaos import simulated
from xasup.chaos.act import Order
from xasup.chaos.simulation.controls import CONTROLS
from xasup.chaos.simulation.many import Tally

SHORT = Order(short=True, rounds=10)


def quiet(line: str) -> None: ...


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the habits; the test of the simulation breaks all."""
    names = ("early PUBACK", "outbox off")
    monkeypatch.setattr(simulated, "CONTROLS", {name: CONTROLS[name] for name in names})


@pytest.mark.usefixtures("two")
async def test_broken_habits_are_named(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = await simulated.controls(SHORT, tmp_path, said.append)
    assert outcome.good and len(outcome.counts) == len(said) == 2
    assert "early PUBACK" in said[0]


@pytest.mark.usefixtures("two")
async def test_a_habit_that_nothing_named_is_a_finding(tmp_path: Path) -> None:
    outcome = await simulated.controls(SHORT, tmp_path, quiet, lives=0)
    assert outcome.wrong[simulated.UNNOTICED] == [
        "early PUBACK: nothing instead of stored and not in the log",
        "outbox off: nothing instead of not settled",
    ]


async def test_lives_are_counted(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = await simulated.lives(SHORT, tmp_path, said.append)
    assert outcome.good and outcome.counts["lives"] == 10 and outcome.counts["stored"] > 0
    assert said == ["10 of 10 lives, 0 broke a promise"]


async def test_a_life_that_broke_a_promise_is_named_with_its_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(first: int, count: int, processes: int, progress: Callable[[Tally], None]) -> Tally:
        return Tally(runs=count, broken={first + 3: {"lost": ["a", "b"]}})

    monkeypatch.setattr(simulated, "play", broken)
    outcome = await simulated.lives(SHORT, tmp_path, quiet)
    assert outcome.wrong == {"lost": ["a; again: xasup simulate --seed 4"]}
