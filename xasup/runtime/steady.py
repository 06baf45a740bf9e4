"""The time of day, not taken in by a clock that is set: one that jumps is believed when it has stayed there for ten
minutes; until then the time goes on as it went.

So a minute is a minute, and what ends at a date does not end because somebody mistook the year. The twin of
broker/plugin/steady.c. Refuses to know: what ends; which clocks these are.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLACK, DOUBT = 10_000, 600_000  # milliseconds
Told = Callable[[int], None]


class Steady:
    """*wall*: by the clock that people set, *running*: by the one that nobody sets, both in milliseconds. *told* is
    called with each jump that is not believed yet, in milliseconds."""

    def __init__(self, wall: Callable[[], int], running: Callable[[], int], told: Told = lambda jump: None) -> None:
        self._wall, self._running, self._told = wall, running, told
        self._ahead = wall() - running()
        self._doubted: int | None = None
        self._since = 0

    def now(self) -> int:
        """Milliseconds since the epoch."""
        running = self._running()
        ahead = self._wall() - running
        stays = self._doubted is not None and abs(ahead - self._doubted) <= SLACK
        if abs(ahead - self._ahead) <= SLACK or (stays and running - self._since >= DOUBT):
            self._ahead, self._doubted = ahead, None
        elif not stays:
            self._doubted, self._since = ahead, running
            self._told(ahead - self._ahead)
        return running + self._ahead


def steady(told: Told) -> Steady:
    """By the clocks of this machine. *told*: as above."""
    return Steady(_wall, _running, told)


def _wall() -> int:
    return time.time_ns() // 1_000_000


def _running() -> int:
    """Runs on while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
