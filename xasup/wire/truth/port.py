"""The port of the truth: tables of cells, one atomic step, one stream of changes. Refuses to know what the cells mean.

Decisions are made in Python from facts that were read, so a commit names the facts it rests on: the step is taken only
while they still hold, else the caller reads and decides again (optimistic concurrency, as WATCH in Redis).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

KEEP_ANSWERS = 24 * 3600  # seconds
KEEP_CHANGES = 100_000  # entries at least, and whatever a follower has not followed yet
START = "0-0"  # the position before the first change


class Cell(NamedTuple):
    """One field of one table."""

    table: str
    field: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer kept for a day under its request's id. *digest*: of the request; *position*: of the change it made."""

    digest: bytes
    payload: bytes
    position: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One atomic step: if all cells of *expect* still hold these values (None: absent), and *request* has no recorded
    answer yet, then *put* (None: delete), record *answer* under *request*, append *change* to the stream."""

    expect: Mapping[Cell, bytes | None] = field(default_factory=dict)
    put: Mapping[Cell, bytes | None] = field(default_factory=dict)
    change: bytes | None = None
    request: str | None = None
    answer: Recorded | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """The step was taken; *position* of its change in the stream, "" without one."""

    position: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A fact has changed meanwhile, or the request was answered meanwhile: read and decide again."""


class ChangeEntry(NamedTuple):
    """Positions compare as `position_key` says, not as text."""

    position: str
    change: bytes


class Truth(Protocol):
    """All methods raise Unavailable within two seconds when the store is away."""

    async def get(self, cells: Sequence[Cell]) -> list[bytes | None]:
        """The values of *cells*, in order."""
        ...

    async def commit(self, step: Step) -> Committed | Conflict:
        """Durable when it returns (Redis: `appendfsync always`)."""
        ...

    async def recorded(self, request: str) -> Recorded | None:
        """The answer recorded for this request."""
        ...

    def scan(self, table: str) -> AsyncIterator[tuple[str, bytes]]:
        """All cells of a table in no order, streaming; a cell that changes meanwhile may come in either state."""
        ...

    async def page(self, table: str, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        """Some cells and the cursor for the next page ("" at the end); begins with *after* = ""."""
        ...

    async def changes(self, after: str, limit: int, wait: float) -> list[ChangeEntry]:
        """Changes after a position ("0-0": from the first), waiting up to *wait* seconds for one.

        Raises Gap when the stream does not hold the change at *after* any more: it was trimmed, or never was in it.
        """
        ...

    async def last_position(self) -> str:
        """Of the newest change; "0-0" when there was none."""
        ...

    async def report_applied(self, node: str, position: str) -> None:
        """The directory of *node* has all changes up to *position*."""
        ...

    async def applied(self, node: str) -> str:
        """What was reported last; "0-0" before that."""
        ...

    async def schema(self) -> int:
        """The number of the schema that it is written in; 0 where none was ever noted."""
        ...

    async def set_schema(self, number: int) -> None:
        """Note it."""
        ...

    def watch_applied(self, node: str) -> AsyncIterator[str]:
        """Positions as they are reported, the current one at once; may skip some, never goes back."""
        ...


class Gap(Exception):
    """The stream no longer holds what follows the given position: rebuild from the tables."""


def position_key(position: str) -> tuple[int, int]:
    """For comparing positions: `(milliseconds, sequence)`."""
    ms, _, sequence = position.partition("-")
    return int(ms), int(sequence or 0)
