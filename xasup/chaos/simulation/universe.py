"""One clock for all simulated processes, and who of them goes on next: the dice of the seed decide. No time passes but
here.

Refuses to know: what processes do, how they speak to each other.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, Protocol

BEGIN_MS = 1_800_000_000_000  # where the wall clock of a run begins


class Runnable(Protocol):
    """A process that has something to do."""

    def turn(self) -> None: ...


class Universe:
    """*now*: seconds since the run began; *trace*: gets a line for what happens. `busy`: told once by a process that
    has something to do, until its turn has come; `runs`: the event loop that asyncio takes for the one that runs."""

    def __init__(self, seed: int, trace: Callable[[str], None]) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a run, not a secret
        self.now = 0.0
        self._trace = trace
        self._order = count()
        self._timers: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._busy: list[Runnable] = []
        self.busy: Callable[[Runnable], None] = self._busy.append
        self.runs: object = None
        self._over = False

    def say(self, what: str) -> None:
        """Into the trace."""
        self._trace(f"{self.now:9.4f}  {what}")

    def at(self, when: float, do: Callable[..., Any], *args: Any) -> None:
        """Call it then."""
        heappush(self._timers, (when, next(self._order), do, args))

    def after(self, seconds: float, do: Callable[..., Any], *args: Any) -> None:
        """The same, from now."""
        heappush(self._timers, (self.now + seconds, next(self._order), do, args))

    def end(self) -> None:
        """Nothing happens any more."""
        self._over = True

    def run(self) -> None:
        """Until the end, or until there is nothing to do."""
        dice, busy, timers = self.dice.random, self._busy, self._timers
        while not self._over:
            if busy:
                busy.pop(int(dice() * len(busy)) if len(busy) > 1 else 0).turn()
            elif timers:
                when, _, do, args = heappop(timers)
                if when > self.now:
                    self.now = when
                do(*args)
            else:
                return

    def latency(self, least: float, most: float) -> float:
        """Seconds: mostly little, sometimes much."""
        share: float = self.dice.random()
        return least + (most - least) * share**4


def running(loop: asyncio.AbstractEventLoop | None) -> None:
    """*loop* is the one that runs from now on; None: none does."""
    asyncio._set_running_loop(loop)
