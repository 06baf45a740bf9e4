"""A schedule of faults carried out within a time, noted down as it goes; and what did not come of it.

Refuses to know: what the faults are, who talks meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from xasup.chaos import diary
from xasup.chaos.act import Mark, Say
from xasup.chaos.faults import Targets, inject
from xasup.chaos.plan import Fault
from xasup.protocol.errors import Unavailable

LIMIT = 21 * 60.0  # seconds for the faults of one act; what does not come within is left out, and that is said
EVERY = 20  # faults from one word about the whole to the next
DOWN = "does not come back"


@dataclass(slots=True)
class Broken:
    """*marks*: what was done; *down*: which part did not come back, which ended it; *skipped*: what was left out."""

    marks: list[Mark] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


async def carry_out(
    targets: Targets, faults: Sequence[Fault], folder: Path, say: Say, after: Callable[[Mark], Awaitable[None]]
) -> Broken:
    """*folder*: for the diary; *after*: is called after each."""
    found, clock = Broken(), asyncio.get_running_loop().time
    marks, until = found.marks, clock() + LIMIT
    try:
        async with aclosing(inject(targets, faults, say)) as injected:
            async for mark in injected:
                marks.append(mark)
                diary.note(folder, mark)
                await after(mark)
                if len(marks) % EVERY == 0:
                    say(f"{len(marks)} of {len(faults)} faults, {mark.ended:.0f} s")
                if clock() > until:
                    break
    except Unavailable as error:
        found.down.append(str(error))
    if len(marks) < len(faults):
        found.skipped.append(f"{len(faults) - len(marks)} of {len(faults)} faults: time was over, or a part was down")
    return found
