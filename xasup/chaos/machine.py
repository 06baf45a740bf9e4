"""How fast this machine is just now: a time that an act took says little without it.

What people wait for is made of three things: steps of Python, durable writes, and processes that are woken up.
Refuses to know: what is judged.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from xasup.chaos.outcome import percentile

_STEPS, _TIMES = 1_000_000, 400
_RECORD, _NAP = bytes(700), 0.003  # bytes of a message in a log; seconds


def measure(folder: Path) -> Mapping[str, float]:
    """Milliseconds, by what they were for. Takes two seconds or so; *folder* is on the disk in question."""
    writes, naps = _writes(folder / "machine.probe"), _timed(lambda: time.sleep(_NAP))
    return {
        "machine: ms for a million steps of Python": round(_steps(), 1),
        "machine: p50 ms of a durable write": round(percentile(writes, 50), 2),
        "machine: p99 ms of a durable write": round(percentile(writes, 99), 2),
        "machine: p99 ms by which a sleeper wakes late": round(percentile(naps, 99) - _NAP * 1000, 2),
    }


def _steps() -> float:
    """Processor time, so that others who are at work do not count, but a slower processor does."""
    begun, total = time.thread_time(), 0
    for number in range(_STEPS):
        total += number
    return (time.thread_time() - begun) * 1000


def _writes(path: Path) -> list[float]:
    """As Redis writes what it answers for: appended, and on the disk before it goes on."""
    file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write() -> None:
        os.write(file, _RECORD)
        os.fdatasync(file)

    try:
        return _timed(write)
    finally:
        os.close(file)
        path.unlink()


def _timed(work: Callable[[], None]) -> list[float]:
    """Of each of many calls, in order of length."""
    took = list[float]()
    for _ in range(_TIMES):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took)
