"""Waiting times: they grow, they are spread, they are bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xasup.client import backoff


@pytest.mark.parametrize(
    ("delay", "most"),
    [
        (backoff.reconnect, backoff.RECONNECT_MAX),
        (backoff.refused, backoff.REFUSED_MAX),
        (backoff.reoffer, backoff.REOFFER_MAX),
    ],
)
def test_it_grows_up_to_a_bound(delay, most) -> None:  # type: ignore[no-untyped-def]
    waits = [delay(attempt, 0.0) for attempt in range(100)]
    assert waits == sorted(waits)
    assert delay(0, 0.0) >= 0.25
    assert waits[-1] == most / 2
    assert delay(10**9, 1.0) == most


@given(st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_a_crowd_does_not_come_back_at_once(attempt: int, jitter: float) -> None:
    least, most = backoff.reconnect(attempt, 0.0), backoff.reconnect(attempt, 1.0)
    assert least <= backoff.reconnect(attempt, jitter) <= most == 2 * least


def test_who_is_refused_comes_seldom() -> None:
    assert backoff.refused(0, 0.0) >= 5


def test_refusals_and_what_is_away_are_counted_apart() -> None:
    attempts = backoff.Attempts()
    away = [attempts.wait(False, 0.1, 1.0) for _ in range(9)]
    assert away[:3] == [0.5, 1.0, 2.0] and away[-1] == backoff.RECONNECT_MAX
    assert [attempts.wait(True, 0.1, 1.0) for _ in range(3)] == [10.0, 20.0, 40.0]
    assert attempts.wait(False, 0.1, 1.0) == 0.5
    assert attempts.wait(False, backoff.STABLE + 1, 1.0) == 0.5
    assert attempts.wait(True, backoff.STABLE + 1, 1.0) == 10.0
    assert attempts.wait(True, backoff.STABLE + 1, 1.0) == 20.0
