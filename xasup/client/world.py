"""Clock and dice, in one value, so that a test can own them. The only file of the engine that reads either."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _bits() -> int:
    return secrets.randbits(74)


def _token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class World:
    """*now_ms*: wall clock, milliseconds since the epoch, for display only; *monotonic*: seconds, for waiting; *bits*:
    74 random bits; *jitter*: in [0, 1); *token*: a new device's secret."""

    now_ms: Callable[[], int] = _wall_ms
    monotonic: Callable[[], float] = time.monotonic
    bits: Callable[[], int] = _bits
    jitter: Callable[[], float] = random.random
    token: Callable[[], str] = _token
