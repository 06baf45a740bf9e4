"""Processes of a test: their descendants, and waiting until they are gone."""

from __future__ import annotations

import time
from pathlib import Path


def children(pid: int) -> set[int]:
    """All living descendants of *pid*, by the kernel's list."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, task.read_text().split()):
                found |= {child} | children(child)
        except OSError:  # gone meanwhile
            continue
    return found


def alive(pid: int) -> bool:
    """Running, not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def resident(pid: int) -> int:
    """Bytes of memory that it takes now."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) << 10


def gone(pids: set[int], within: float = 15.0) -> bool:
    """True when all have ended *within* seconds; no event announces the end of somebody else's children."""
    end = time.monotonic() + within
    while any(alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
