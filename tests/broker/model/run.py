"""A run of many steps, and what is told of it. Refuses to know: what the steps do, command lines."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from tests.broker.model.dice import steps
from tests.broker.model.moves import Step
from tests.broker.model.shrink import shrunk
from tests.broker.model.stage import Stage
from tests.support.broker import TestBroker


@dataclass(frozen=True)
class Outcome:
    """*differences*: of the last step played. *played*: all steps up to it."""

    differences: list[str]
    played: list[Step]
    tally: Counter[tuple[str, str, str]]

    @property
    def attempts(self) -> int:
        return sum(len(step.attempts) for step in self.played)


def run(seed: int, attempts: int, yes: Path, plugin: Path) -> Outcome:
    """Steps that the seed chooses, until the first difference. *yes*: a plugin that says yes to everybody."""
    return play(steps(Random(seed), attempts), yes, plugin)


def play(chosen: Iterable[Step], yes: Path, plugin: Path) -> Outcome:
    """Just these, on a new broker."""
    played: list[Step] = []
    with tempfile.TemporaryDirectory(prefix="xasup-model-") as folder, TestBroker(Path(folder), plugin=yes) as broker:
        stage = Stage(broker, plugin)
        for step in chosen:
            played.append(step)
            if differences := stage.play(step):
                return Outcome(differences, played, stage.tally)
        return Outcome([], played, stage.tally)


def smallest(failed: Outcome, yes: Path, plugin: Path) -> Outcome:
    """As few steps, and in them as few attempts and changes, as still show a difference."""

    def fails(chosen: list[Step]) -> bool:
        return bool(play(chosen, yes, plugin).differences)

    *before, last = failed.played
    if fails([last]):
        before = []
    kept = shrunk(before, lambda some: fails([*some, last]))
    attempts = shrunk(list(last.attempts), lambda some: fails([*kept, replace(last, attempts=tuple(some))]))
    last = replace(last, attempts=tuple(attempts))
    changes = shrunk(list(last.changes), lambda some: fails([*kept, replace(last, changes=tuple(some))]))
    return play([*kept, replace(last, changes=tuple(changes))], yes, plugin)
