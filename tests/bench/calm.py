"""Is the machine ours? How much of its processor time others take, by the kernel's counts. Refuses to know: why."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import children

CALM = 0.08  # the share of the machine that others may take
LOOK = 0.3  # seconds


@dataclass(frozen=True)
class Moment:
    """Ticks since the start of the machine: that passed, that were worked, that we worked."""

    passed: int
    worked: int
    ours: int


def moment() -> Moment:
    """Now. What the kernel did in interrupts counts for nobody: our own packets are among it."""
    user, nice, system, idle, waiting, irq, soft, stolen = map(int, _fields(Path("/proc/stat"))[1:9])
    worked = user + nice + system + stolen
    ours = sum(_ticks(pid) for pid in {os.getpid()} | children(os.getpid()))
    return Moment(worked + idle + waiting + irq + soft, worked, ours)


def others(before: Moment, after: Moment) -> float:
    """The share of the machine, from 0 to 1, that others had between two moments."""
    foreign = (after.worked - before.worked) - (after.ours - before.ours)
    return max(0.0, foreign / max(1, after.passed - before.passed))


def await_calm(patience: float) -> float:
    """Wait until others are quiet, at most *patience* seconds. Returns the seconds that it took."""
    start = time.monotonic()
    while time.monotonic() < start + patience:
        before = moment()
        time.sleep(LOOK)
        if others(before, moment()) <= CALM:
            break
    return time.monotonic() - start


def _ticks(pid: int) -> int:
    """Of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended this moment, and its parent has it
        return 0
    return sum(map(int, fields[11:15]))


def _fields(path: Path) -> list[str]:
    return path.read_text().partition("\n")[0].split()
