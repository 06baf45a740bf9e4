"""How long to wait before trying again. Pure: the caller owns clock and dice."""

from __future__ import annotations

RECONNECT_MAX, REFUSED_MAX, REOFFER_MAX = 30.0, 300.0, 3600.0  # seconds
STABLE = 5.0  # seconds; a connection that lived longer was a success


def reconnect(attempt: int, jitter: float) -> float:
    """Seconds before connection attempt number *attempt* + 1, from about 0.3 up. *jitter* is in [0, 1)."""
    return _grown(0.5, attempt, RECONNECT_MAX) * _spread(jitter)


def refused(attempt: int, jitter: float) -> float:
    """The same after the broker said that it does not know us: seldom, since somebody must act first."""
    return _grown(10.0, attempt, REFUSED_MAX) * _spread(jitter)


def reoffer(attempt: int, jitter: float) -> float:
    """Seconds before a message that the broker took, but nobody confirmed, is offered again."""
    return _grown(30.0, attempt, REOFFER_MAX) * _spread(jitter)


def _grown(first: float, attempt: int, most: float) -> float:
    return float(min(most, first * 2 ** min(attempt, 32)))


def _spread(jitter: float) -> float:
    return 0.5 + jitter / 2
