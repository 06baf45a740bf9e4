"""Clock, dice and the thread that writes, in one value, so that a test can own them. The only file of the engine that
reads a clock or rolls dice."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _bits() -> int:
    return secrets.randbits(74)


def _token() -> str:
    return secrets.token_urlsafe(32)


def _code() -> str:
    return secrets.token_urlsafe(16)  # the shorter, the better a camera reads it; nobody guesses 128 bits in a minute


def _thread() -> Executor:
    return ThreadPoolExecutor(1, thread_name_prefix="xasup-journal")


@dataclass(frozen=True, slots=True)
class World:
    """*now_ms*: wall clock, milliseconds since the epoch, for display only; *monotonic*: seconds, for waiting; *bits*:
    74 random bits; *jitter*: in [0, 1); *token*: a new device's secret; *code*: a link code; *thread*: what writes the
    device's file, one job after the other."""

    now_ms: Callable[[], int] = _wall_ms
    monotonic: Callable[[], float] = time.monotonic
    bits: Callable[[], int] = _bits
    jitter: Callable[[], float] = random.random
    token: Callable[[], str] = _token
    code: Callable[[], str] = _code
    thread: Callable[[], Executor] = _thread
