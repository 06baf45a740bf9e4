"""Many runs, in several processes, each with the same hashes, so that a seed is the same run everywhere and always.

`python -m xasup.chaos.simulation.many FIRST COUNT [CONTROL]` plays some in this process, one JSON object for each that
broke a promise and one at the end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from xasup.protocol import codec

_HASHES = {"PYTHONHASHSEED": "0"}
_CHUNK, _FEW = 500, 15  # seeds of one process at most; where few runs may be enough
_LEFT = 20  # runs whose remains are thrown away together


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

    def include(self, other: Tally) -> None:
        self.runs += other.runs
        self.accepted += other.accepted
        self.stored += other.stored
        self.shown += other.shown
        self.broken |= other.broken

    @property
    def kinds(self) -> Counter[str]:
        """How many runs broke which."""
        return Counter(kind for wrong in self.broken.values() for kind in wrong)


async def play(first: int, count: int, processes: int, control: str = "", enough: int = 0) -> Tally:
    """Seeds from *first* on. *control*: what is broken on purpose; *enough*: runs that break a promise, after which no
    more are begun, 0: all are played."""
    chunk = _FEW if enough else min(_CHUNK, -(-count // processes))
    tally, starts = Tally(), iter(range(first, first + count, chunk))

    async def worker() -> None:
        for start in starts:
            async for said in _some(start, min(chunk, first + count - start), control):
                tally.add(said)
            if enough and len(tally.broken) >= enough:
                return

    async with asyncio.TaskGroup() as tasks:
        for _ in range(processes):
            tasks.create_task(worker())
    return tally


async def trace(seed: int, control: str = "") -> list[str]:
    """What happened in this run, line by line."""
    return [line async for said in _some(seed, 1, control, "trace") for line in said.get("trace", ())]


async def _some(first: int, count: int, control: str, *more: str) -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xasup.chaos.simulation.many", str(first), str(count), control, *more),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **_HASHES},
        limit=64 << 20,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    async for line in process.stdout:
        yield codec.decode_object(line)
    if await process.wait():
        raise RuntimeError(f"the simulator failed with seed {first} or one of the {count} from there on")


def _played(first: int, count: int, control: str, traced: bool) -> Iterator[dict[str, Any]]:
    from xasup.chaos.simulation.controls import CONTROLS
    from xasup.chaos.simulation.run import alone, simulate

    manners = CONTROLS[control].manners if control else None
    accepted = stored = shown = 0
    gc.freeze()
    with alone():
        for seed in range(first, first + count):
            outcome = simulate(seed, manners() if manners is not None else None)
            verdict = outcome.verdict
            accepted, stored, shown = accepted + verdict.accepted, stored + verdict.stored, shown + verdict.shown
            if not verdict.good:
                yield {"seed": seed, "wrong": {kind: ids[:5] for kind, ids in verdict.wrong.items() if ids}}
            if traced:
                yield {"seed": seed, "wrong": {}, "trace": outcome.trace}
            if seed % _LEFT == 0:
                gc.collect()
    yield {"runs": count, "accepted": accepted, "stored": stored, "shown": shown}


def main(arguments: list[str]) -> None:
    """See the top."""
    first, count, control, *more = [*arguments, ""]
    for said in _played(int(first), int(count), control, "trace" in more):
        sys.stdout.buffer.write(codec.encode(said) + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
