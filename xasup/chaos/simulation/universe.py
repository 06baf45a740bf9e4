"""One clock for all simulated processes, and who of them goes on next: the dice of the seed decide. No time passes but
here.

Refuses to know: what processes do, how they speak to each other.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol

BEGIN_MS = 1_800_000_000_000  # where the wall clock of a run begins


class Runnable(Protocol):
    """A process that has something to do."""

    def turn(self) -> None: ...


class Universe:
    """*now*: seconds since the run began; *trace*: gets a line for what happens."""

    def __init__(self, seed: int, trace: Callable[[str], None]) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a run, not a secret
        self.now = 0.0
        self._trace = trace
        self._order = count()
        self._timers: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._busy: list[Runnable] = []

    def say(self, what: str) -> None:
        """Into the trace."""
        self._trace(f"{self.now:9.4f}  {what}")

    def at(self, when: float, do: Callable[..., Any], *args: Any) -> None:
        """Call it then."""
        heapq.heappush(self._timers, (when, next(self._order), do, args))

    def after(self, seconds: float, do: Callable[..., Any], *args: Any) -> None:
        """The same, from now."""
        self.at(self.now + seconds, do, *args)

    def busy(self, process: Runnable) -> None:
        """It has something to do; told once until its turn has come."""
        self._busy.append(process)

    def run(self, until: Callable[[], bool]) -> None:
        """Until it is so, or nothing happens any more."""
        dice, busy, timers = self.dice, self._busy, self._timers
        while not until():
            if busy:
                at = int(dice.random() * len(busy)) if len(busy) > 1 else 0
                busy.pop(at).turn()
            elif timers:
                when, _, do, args = heapq.heappop(timers)
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
