"""What the parts of a backend take while it runs: memory, files that are open, room on the disk. Linux.

Refuses to know: how much of it is too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from xasup.runtime.supervise import Child

EVERY = 2.0  # seconds between two looks


class Reading(NamedTuple):
    """*at*: seconds since the meter began; *memory*: bytes that the process has for itself alone (of files that are
    mapped into it the kernel may drop what it likes); *files*: how many are open."""

    at: float
    memory: int
    files: int


@dataclass(slots=True)
class Meter:
    """*readings*: by part, in order; *disk*: by part, bytes at the beginning and now; *restarts*: by part."""

    children: Mapping[str, Child]
    folders: Mapping[str, Path]
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    disk: dict[str, tuple[int, int]] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)

    def look(self, at: float) -> None:
        """Once more."""
        for name, child in self.children.items():
            self.restarts[name] = child.restarts
            found = reading(child.pid, at) if child.pid else None
            if found:
                self.readings.setdefault(name, []).append(found)
        for name, folder in self.folders.items():
            now = size(folder)
            self.disk[name] = (self.disk.get(name, (now, now))[0], now)


@asynccontextmanager
async def measuring(children: Mapping[str, Child], folders: Mapping[str, Path]) -> AsyncIterator[Meter]:
    """Look at *children* and *folders* (by part) again and again for the time of the block, and at its end."""
    clock = asyncio.get_running_loop().time
    meter, begun = Meter(children, folders), clock()

    async def go_on() -> None:
        while True:
            await asyncio.to_thread(meter.look, clock() - begun)
            await asyncio.sleep(EVERY)

    task = asyncio.create_task(go_on(), name="meter")
    try:
        yield meter
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        meter.look(clock() - begun)


def reading(pid: int, at: float) -> Reading | None:
    """Of a process; None where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in status.splitlines())
    if "RssAnon" not in fields:  # it has ended, and nobody has looked after it yet
        return None
    return Reading(at, int(fields["RssAnon"].split()[0]) << 10, files)


def size(folder: Path) -> int:
    """Bytes of all files in it; those that go meanwhile count or not."""
    total = 0
    for path in folder.rglob("*") if folder.is_dir() else [folder]:
        with suppress(OSError):
            total += path.stat().st_blocks * 512 if path.is_file() else 0
    return total
