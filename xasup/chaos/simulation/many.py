"""Many runs, in several processes, each with the same hashes, so that a seed is the same run everywhere and always.

Refuses to know: how a run is played (children.py).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from xasup.protocol import codec

_HASHES = {"PYTHONHASHSEED": "0"}
_CHUNK, _FEW = 100, 15  # seeds of one child at most; where few runs may be enough


@dataclass(slots=True)
class Tally:
    """*broken*: by seed, kinds with some of the offending ids."""

    runs: int = 0
    accepted: int = 0
    stored: int = 0
    shown: int = 0
    broken: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def add(self, said: dict[str, Any]) -> None:
        if "seed" in said:
            self.broken[said["seed"]] = said["wrong"]
            return
        self.runs += said["runs"]
        self.accepted += said["accepted"]
        self.stored += said["stored"]
        self.shown += said["shown"]

    @property
    def kinds(self) -> Counter[str]:
        """How many runs broke which."""
        return Counter(kind for wrong in self.broken.values() for kind in wrong)


async def play(
    first: int,
    count: int,
    processes: int,
    control: str = "",
    enough: int = 0,
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Seeds from *first* on. *control*: what is broken on purpose; *enough*: runs that break a promise, after which no
    more are begun, 0: all are played; *progress* is told the tally so far, after each hundred runs or fewer."""
    chunk = _FEW if enough else min(_CHUNK, -(-count // processes))
    tally, starts = Tally(), iter(range(first, first + count, chunk))

    async def worker() -> None:
        async with _player(control) as player:
            for start in starts:
                async for said in player.play(start, min(chunk, first + count - start)):
                    tally.add(said)
                progress(tally)
                if enough and len(tally.broken) >= enough:
                    return

    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(processes, -(-count // chunk))):
            tasks.create_task(worker())
    return tally


async def trace(seed: int, control: str = "", after: int = 0) -> list[str]:
    """What happened in this run, line by line. *after*: seeds below it that are played first, in the same process."""
    async with _player(control, "trace") as player:
        traces = [said["trace"] async for said in player.play(seed - after, after + 1) if "trace" in said]
        return [str(line) for line in traces[-1]]


class _Player:
    """A process that plays what it is asked for."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def play(self, first: int, count: int) -> AsyncIterator[dict[str, Any]]:
        """What it says: something for each run that broke a promise, and in the end how many there were."""
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None and told is not None  # noqa: S101 - they are pipes
        asked.write(b"%d %d\n" % (first, count))
        async for line in told:
            said = codec.decode_object(line)
            yield said
            if "runs" in said:
                return
        raise RuntimeError(f"the simulator failed with seed {first} or one of the {count} from there on")


@asynccontextmanager
async def _player(control: str, *more: str) -> AsyncIterator[_Player]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xasup.chaos.simulation.children", control, *more),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **_HASHES},
        limit=64 << 20,
    )
    try:
        yield _Player(process)
    finally:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.close()
        await process.wait()
