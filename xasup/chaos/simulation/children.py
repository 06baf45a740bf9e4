"""`python -m xasup.chaos.simulation.children [CONTROL [trace]]`: plays what is asked for, `FIRST COUNT` a line, and
says one JSON object for each run that broke a promise, and one at the end of each line.

Everything is loaded once. A child plays the runs of one line and ends, with whatever they left behind: looking for what
can be thrown away between them takes longer than they leave memory to be looked through.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from xasup.chaos.simulation.controls import CONTROLS
from xasup.chaos.simulation.manners import Manners
from xasup.chaos.simulation.run import alone, simulate
from xasup.protocol import codec


def played(first: int, count: int, manners: Callable[[], Manners], traced: bool) -> Iterator[dict[str, Any]]:
    """In this process, which should end then."""
    alone()
    kept = []
    for seed in range(first, first + count):
        outcome = simulate(seed, manners())
        kept.append(outcome)
        if wrong := {kind: ids[:5] for kind, ids in outcome.verdict.wrong.items() if ids}:
            yield {"seed": seed, "wrong": wrong}
        if traced:
            yield {"seed": seed, "wrong": {}, "trace": outcome.trace}
    verdicts = [outcome.verdict for outcome in kept]
    yield {
        "runs": count,
        "accepted": sum(verdict.accepted for verdict in verdicts),
        "stored": sum(verdict.stored for verdict in verdicts),
        "shown": sum(verdict.shown for verdict in verdicts),
    }


def main(control: str = "", traced: str = "") -> None:
    """See the top."""
    manners = CONTROLS[control].manners if control else Manners
    gc.freeze()
    for line in sys.stdin:
        first, count = line.split()
        child = os.fork()
        if not child:
            _live(played(int(first), int(count), manners, bool(traced)))
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(f"the simulator failed with seed {first} or one of the {count} from there on")


def _live(lines: Iterator[dict[str, Any]]) -> None:
    """Of a child; it does not return."""
    try:
        for said in lines:
            sys.stdout.buffer.write(codec.encode(said) + b"\n")
            sys.stdout.buffer.flush()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - its end is the end of everything here, and is told
        sys.excepthook(*sys.exc_info())
        os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
