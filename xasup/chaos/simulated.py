"""The acts that are simulated: T0, habits broken on purpose, each of which the check must name; T5, many lives, of
which none may break a promise. No part is started; folders stay empty.

Refuses to know: how a life is played and judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xasup.chaos.act import Order, Outcome, Say
from xasup.chaos.simulation.controls import CONTROLS
from xasup.chaos.simulation.many import Tally, play

UNNOTICED = "broken, and not named"
ENOUGH = 60  # lives, in some of which every broken habit shows
LONG, SHORT = 10_000, 200
_EVERY = 500  # lives between two words about how far it is
_PROCESSES = 2


async def controls(order: Order, folder: Path, say: Say, lives: int = ENOUGH) -> Outcome:
    """*lives*: 0 for a test that wants the check to fail."""
    counts, unnoticed = dict[str, float](), list[str]()
    for name, control in CONTROLS.items():
        tally = await play(order.seed, lives, _PROCESSES, name, enough=1)
        counts[f"{name}: lives that broke a promise"] = len(tally.broken)
        found = ", ".join(sorted(tally.kinds)) or "nothing"
        say(f"{name}: {control.what}; named: {found}")
        if not tally.kinds[control.caught]:
            unnoticed.append(f"{name}: {found} instead of {control.caught}")
    return Outcome("T0", order, counts, {UNNOTICED: unnoticed})


async def lives(order: Order, folder: Path, say: Say) -> Outcome:
    """From the order's seed on."""
    usual = SHORT if order.short else LONG
    count = usual if order.rounds is None else order.rounds

    def progress(tally: Tally) -> None:
        if tally.runs == count or tally.runs % _EVERY == 0:
            say(f"{tally.runs:,} of {count:,} lives, {len(tally.broken)} broke a promise")

    whole = await play(order.seed, count, _PROCESSES, progress=progress)
    counts = {"lives": whole.runs, "accepted": whole.accepted, "stored": whole.stored, "shown": whole.shown}
    return Outcome("T5", order, counts, {kind: _seeds(whole, kind) for kind in whole.kinds})


def _seeds(tally: Tally, kind: str) -> Sequence[str]:
    return [
        f"{wrong[kind][0]}; again: xasup simulate --seed {seed}"
        for seed, wrong in sorted(tally.broken.items())
        if kind in wrong
    ]
