"""What grows in a long run and may not: memory, open files, and more room on the disk than the messages explain. Pure.

Refuses to know: how it was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median

from xasup.chaos.meter import Reading

MEMORY, FILES, DISK, RESTARTED = "memory grows", "open files grow", "disk grows unexplained", "restarted"
HEAPS = ("kafka", "zookeeper")  # which take what Java gives them, and give nothing back
STEEPEST = 1.0  # MB a minute
MORE_FILES = 3  # one or two connections come and go at the moment of a look
_MB = 1e6


def slope(readings: Sequence[Reading]) -> float:
    """MB of memory a minute, by least squares; 0 where there are no two."""
    if len(readings) < 2:
        return 0.0
    at, memory = fmean(it.at for it in readings), fmean(it.memory for it in readings)
    spread = sum((it.at - at) ** 2 for it in readings)
    return sum((it.at - at) * (it.memory - memory) for it in readings) / spread * 60 / _MB


def more_files(readings: Sequence[Reading]) -> float:
    """How many more are open in the last quarter than in the first, by their medians."""
    quarter = len(readings) // 4
    if not quarter:
        return 0.0
    return median(it.files for it in readings[-quarter:]) - median(it.files for it in readings[:quarter])


def warm(readings: Sequence[Reading], after: float) -> list[Reading]:
    """Those of more than *after* seconds since the beginning."""
    return [it for it in readings if it.at > after]


def steep(readings: Mapping[str, Sequence[Reading]]) -> Iterator[str]:
    """The parts whose memory grows, with how much."""
    for part, found in readings.items():
        if (grows := slope(found)) > STEEPEST:
            yield f"{part}: {grows:.2f} MB a minute; {STEEPEST:g} is allowed"


def leaking(readings: Mapping[str, Sequence[Reading]]) -> Iterator[str]:
    """The parts that open files and keep them."""
    for part, found in readings.items():
        if (more := more_files(found)) > MORE_FILES:
            yield f"{part}: {more:g} more files are open in the end"


def unexplained(each: Mapping[str, float], most: Mapping[str, float]) -> Iterator[str]:
    """*each*: bytes on the disk for each message, by part; *most*: what is allowed."""
    for part, bytes_each in each.items():
        if bytes_each > most[part]:
            yield f"{part}: {bytes_each:,.0f} bytes a message; {most[part]:,.0f} are allowed"
