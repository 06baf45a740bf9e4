"""Rounds, medians and the closing object: what every bench has in common. Refuses to know what is measured.

Ours and the peer are measured in turn, in swapped order every other round, so that a machine that grows slower or
busier during the run weighs on both alike.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.calm import CALM, await_calm, moment, others

Sample = dict[str, Any]
Measure = Callable[[], Sample]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Rounds:
    """The samples of both sides, round by round. *others*: the share of the machine that others took in each;
    *repeated*: rounds that they disturbed, and that do not count."""

    ours: list[Sample]
    peer: list[Sample]
    others: list[float]
    repeated: int

    def medians(self, field: str, digits: int = 3) -> dict[str, float]:
        """Of one field of the samples, for both sides."""
        return {side: round(median(sample[field] for sample in self._side(side)), digits) for side in ("ours", "peer")}

    def worst(self, field: str, digits: int = 3) -> dict[str, float]:
        """The largest value of one field, for both sides."""
        return {side: round(max(sample[field] for sample in self._side(side)), digits) for side in ("ours", "peer")}

    def ratios(self, field: str) -> list[float]:
        """Ours by peer in each round, sorted: their spread says how quiet the machine was."""
        return sorted(
            round(ours[field] / peer[field], 4) for ours, peer in zip(self.ours, self.peer, strict=True) if peer[field]
        )

    def _side(self, side: str) -> list[Sample]:
        return self.ours if side == "ours" else self.peer


class Contest:
    """Measures two sides in turn. A round that others disturbed is measured again while there is *patience*: seconds
    for waiting until the machine is calm, and for what was measured in vain. *say*: gets lines of progress."""

    def __init__(self, say: Say, patience: float) -> None:
        self.say, self._patience = say, patience

    def alternate(self, ours: Measure, peer: Measure, rounds: int, field: str, unit: str) -> Rounds:
        """Measure both *rounds* times; at most as many rounds are repeated. Says *field* of each sample as it comes."""
        kept: list[dict[str, Sample]] = []
        shares: list[float] = []
        repeats = rounds
        self._patience -= await_calm(self._patience)
        while len(kept) < rounds:
            self.say(f"round {len(kept) + 1}/{rounds}")
            start, before = time.monotonic(), moment()
            pair = self._round({"ours": ours, "peer": peer}, len(kept) % 2 == 1, field, unit)
            share = others(before, moment())
            if share > CALM and repeats > 0 and self._patience > 0:
                self.say(f"  disturbed: others took {share:.0%} of the machine; once more when they are quiet")
                repeats -= 1
                self._patience -= time.monotonic() - start
                self._patience -= await_calm(self._patience)
                continue
            kept.append(pair)
            shares.append(round(share, 3))
        return Rounds([pair["ours"] for pair in kept], [pair["peer"] for pair in kept], shares, rounds - repeats)

    def _round(self, sides: dict[str, Measure], swapped: bool, field: str, unit: str) -> dict[str, Sample]:
        samples = {}
        for side in sorted(sides, reverse=swapped):
            samples[side] = sides[side]()
            self.say(f"  {side}  {samples[side][field]:>12,.1f} {unit}")
        return samples


def closing(bench: str, field: str, unit: str, measured: Rounds, tells: Mapping[str, Any]) -> dict[str, Any]:
    """The object of the last line: medians of *field*, their ratio, and what else tells."""
    middle = measured.medians(field)
    each = measured.ratios(field)
    return {
        "bench": bench,
        "ours": middle["ours"],
        "peer": middle["peer"],
        "ratio": round(middle["ours"] / middle["peer"], 4) if middle["peer"] else None,
        "unit": unit,
        "rounds": len(measured.ours),
        "ratio_of_rounds": {"lowest": each[0], "median": median(each), "highest": each[-1]} if each else None,
        **tells,
        "machine": machine(),
        "others_share_of_the_machine": {"median": median(measured.others), "highest": max(measured.others)},
        "rounds_repeated": measured.repeated,
    }


def machine() -> dict[str, Any]:
    """What ran it."""
    return {
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
