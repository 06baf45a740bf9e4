"""The habits on which the bridge's promises rest, each replaceable, so that a test can break one and see its check turn
red."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from xasup.wire.log.port import Outcome, Record, State

WINDOW = 100_000  # messages that are recognised when they come again; about 50 MB (docs/decisions/0020)


class Target(Protocol):
    """The log, as far as the mirror needs it; see Log."""

    @property
    def state(self) -> State: ...

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]: ...


def as_it_is(log: Target) -> Target:
    """What the log says is believed when it says it."""
    return log


@dataclass(frozen=True, slots=True)
class Habits:
    """*target*: what the mirror takes for the log; one that says yes before the log does makes it thank too early
    (never do); *window*: how many messages are recognised when they come again, 0: none (never do)."""

    target: Callable[[Target], Target] = as_it_is
    window: int = WINDOW
