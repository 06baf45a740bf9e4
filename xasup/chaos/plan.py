"""Which fault comes when: a schedule from a seed, the same for the same seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

GAP = 1.5  # seconds of peace after a recovery, at most


class Kind(StrEnum):
    """What is done to a process: `kill -9`, or stopped for a while (SIGSTOP)."""

    KILL = "kill"
    PAUSE = "pause"


class Fault(NamedTuple):
    """*gap*: seconds of peace before it."""

    kind: Kind
    part: str
    gap: float


def schedule(parts: Sequence[str], kills: int, pauses: int, seed: int) -> list[Fault]:
    """*kills* and *pauses* of each part, in an order that the seed decides."""
    dice = random.Random(seed)  # noqa: S311 - a schedule, not a secret
    faults = [(Kind.KILL, part) for part in parts for _ in range(kills)]
    faults += [(Kind.PAUSE, part) for part in parts for _ in range(pauses)]
    dice.shuffle(faults)
    return [Fault(kind, part, dice.uniform(0.2, GAP)) for kind, part in faults]
