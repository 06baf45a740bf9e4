"""How long a broker may say nothing while we wait for it, before it is asked, and before it counts as gone.

The keepalive alone notices a half-open connection within a minute. Whoever waits for an answer need not: a broker that
lives answers a ping at once. Refuses to know: sockets, what is waited for.
"""

from __future__ import annotations

import time
from enum import Enum, auto

TICK = 0.5  # seconds between two looks, about
ASK, GONE, PATIENT = 1.5, 4.0, 30.0  # seconds of silence until we ask; until it is gone, at least and at most
RECENT = 10.0  # seconds after what we said last in which something may be expected
_LATE = 4 * TICK  # seconds between two looks that say that we were stopped, or the machine asleep
_SLOWER = 2.0  # times the slowest answer of late a silence may last
_FADES = 0.98  # of what is known of slow answers remains from look to look: half in 17 s
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock() -> float:
    """Seconds, running evenly, also while the machine sleeps; the one that callers give to Silence, which is pure."""
    return time.clock_gettime(_CLOCK)


class Step(Enum):
    """What to do now."""

    WAIT = auto()
    ASK = auto()
    GONE = auto()


class Silence:
    """Of one connection. *now*: seconds, by a clock that goes on while the machine sleeps; *answered*: how long the
    broker took to let us in; *watchful*: it is asked even where nothing is waited for."""

    def __init__(self, now: float, answered: float, watchful: bool) -> None:
        self._watchful, self._slowest = watchful, answered
        self._since = self._looked = now
        self._asked = False

    @property
    def patience(self) -> float:
        """Seconds of silence until the broker counts as gone: a slow one has more."""
        return min(PATIENT, max(GONE, _SLOWER * self._slowest))

    def look(self, now: float, alive: bool, waiting: bool) -> Step:
        """To be asked every TICK. *alive*: there was a sign of life since the look before, or there could not be;
        *waiting*: for an answer."""
        late, self._looked = now - self._looked > _LATE, now
        if late:  # what came meanwhile has not been read yet, or the network has forgotten us
            return self._ask(now)
        if alive:
            self._slowest = max(_FADES * self._slowest, now - self._since if self._asked else 0.0)
        if alive or not (waiting or self._watchful or self._asked):
            self._since, self._asked = now, False
            return Step.WAIT
        silent = now - self._since
        if self._asked:
            return Step.GONE if silent >= self.patience else Step.WAIT
        return self._ask(self._since) if silent >= ASK else Step.WAIT

    def _ask(self, since: float) -> Step:
        self._since, self._asked = since, True
        return Step.ASK
