"""How long to wait before trying again. Pure: the caller owns clock and dice."""

from __future__ import annotations

from dataclasses import dataclass

RECONNECT_MAX, REFUSED_MAX, REOFFER_MAX = 30.0, 300.0, 3600.0  # seconds
STABLE = 10.0  # seconds; a connection that lived longer was a success: longer than silence is borne


def reconnect(attempt: int, jitter: float) -> float:
    """Seconds before connection attempt number *attempt* + 1, from about 0.3 up. *jitter* is in [0, 1)."""
    return _grown(0.5, attempt, RECONNECT_MAX) * _spread(jitter)


def refused(attempt: int, jitter: float) -> float:
    """The same after the broker said that it does not know us: seldom, since somebody must act first."""
    return _grown(10.0, attempt, REFUSED_MAX) * _spread(jitter)


def reoffer(attempt: int, jitter: float) -> float:
    """Seconds before a message that the broker took, but nobody confirmed, is offered again."""
    return _grown(30.0, attempt, REOFFER_MAX) * _spread(jitter)


@dataclass(slots=True)
class Attempts:
    """To connect, that went wrong in the same way, one after the other: a broker that says no once, after it was away
    for long, is asked again soon."""

    refused: bool = False
    count: int = 0

    def wait(self, refused: bool, lived: float, jitter: float) -> float:
        """Seconds until the next one. *refused*: the broker did not know us; *lived*: seconds that the connection, or
        the attempt, was there."""
        if refused is not self.refused or (lived > STABLE and not refused):
            self.count = 0
        self.refused, attempt = refused, self.count
        self.count += 1
        return _WAITS[refused](attempt, jitter)


def _grown(first: float, attempt: int, most: float) -> float:
    return float(min(most, first * 2 ** min(attempt, 32)))


def _spread(jitter: float) -> float:
    return 0.5 + jitter / 2


_WAITS = {True: refused, False: reconnect}
