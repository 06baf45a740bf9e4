"""The port of the log: records appended in order, kept, read again from any position. Three adapters, one exam.

A stream has shards (Kafka: partitions; Redis, memory: one). Records with one key are in one shard, in the order of
append. Refuses to know: what records mean, who reads them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.streams import Stream

MAX_VALUE = 1 << 20  # bytes that every adapter takes

# Where memory is bounded: which part of it a stream may take that nobody consumes, so that nothing else trims it, and
# to which people can add as much as they like. Of more than that the oldest records go. All of them together leave room
# below the half of the memory from which on the other streams are trimmed.
Shares = Mapping[Stream, float]
SHARES: Shares = {Stream.DEAD_LETTERS: 1 / 4, Stream.CONTACTS: 1 / 8}


class Record(NamedTuple):
    """What is appended, byte for byte."""

    stream: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class Position(NamedTuple):
    """Of one record in its stream. Offsets of one shard compare as `offset_key` says, not as text."""

    shard: int
    offset: str

    def __str__(self) -> str:
        return f"{self.shard}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """The inverse of str(). Raises Malformed."""
        shard, slash, offset = text.partition("/")
        if not slash or not shard.isdecimal() or not offset.replace("-", "").isdecimal():
            raise Malformed(f"log position {text[:80]!r}: expected shard/offset, as 3/1024")
        return cls(int(shard), offset)


class Entry(NamedTuple):
    """What is read. *at*: milliseconds since the epoch by the log's clock."""

    stream: str
    position: Position
    key: bytes
    value: bytes
    headers: Mapping[str, bytes]
    at: int


class Shard(NamedTuple):
    """One shard of one stream."""

    stream: str
    number: int


# The last offset that was taken, by shard. A shard that is missing, or has "": from the oldest record that there is.
Cursor = Mapping[Shard, str]
Outcome = Position | Malformed  # Malformed: the log never takes this record (too large); others are not affected


@dataclass(frozen=True, slots=True)
class Extent:
    """What a shard holds: offsets of its oldest and newest record ("" where it is empty), records, bytes (about; 0
    where the log does not tell)."""

    first: str
    last: str
    records: int
    bytes: int


class State(NamedTuple):
    """*word*: `up`, `away` (tried again by itself) or `full` (nothing is taken until somebody makes room); *reason*: a
    sentence."""

    word: str
    reason: str = ""


class Fatal(Unavailable):
    """This process cannot append any more (another has taken over, or the producer has failed for good): end it; what
    was not acknowledged comes again."""


class Lapsed(Fatal):
    """Whoever opens the log anew can append again, as soon as it is well: nothing has failed for good. Only so much is
    known of what was not acknowledged: some of it may be there."""


class Reader(Protocol):
    """Follows streams from a cursor onwards."""

    async def read(self, limit: int, wait: float) -> list[Entry]:
        """The next records, at most *limit*, waiting up to *wait* seconds for one. Raises Unavailable; reading on
        afterwards goes on where the last successful read ended. Raises Trimmed where records are gone that were not
        read."""
        ...


class Trimmed(Exception):
    """The log no longer holds what follows the cursor."""


class Log(Protocol):
    """Belongs to one event loop; opened by open_log()."""

    @property
    def state(self) -> State: ...

    @property
    def pending(self) -> int:
        """Records appended whose outcome is not known yet; the caller bounds it."""
        ...

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        """Hand over some records; the outcomes come, in their order, when all are durable.

        Calls are carried out in order. While the log is away or full the future waits, and what it was to append is
        appended once, however often the network fails meanwhile. It fails with Fatal, and with nothing else.
        """
        ...

    def reader(self, streams: Sequence[str], after: Cursor) -> AbstractAsyncContextManager[Reader]:
        """Read *streams* in the order of each shard."""
        ...

    async def extent(self, stream: str) -> dict[Shard, Extent]:
        """What each shard holds now. Raises Unavailable."""
        ...

    async def at_time(self, streams: Sequence[str], ms: int) -> Cursor:
        """A cursor before the first record that the log took at or after *ms* since the epoch. Raises Unavailable."""
        ...

    async def before_end(self, stream: str, count: int) -> Cursor:
        """A cursor before about the newest *count* records of each shard. Raises Unavailable."""
        ...

    async def commit(self, consumer: str, cursor: Cursor) -> None:
        """*consumer* has taken the effect of all up to *cursor*; shards that are not named stay as they were.

        What every consumer of a stream has committed may be trimmed, nothing else, but for the streams that have one of
        the SHARES. An offset of "" registers: the consumer follows this shard, and has taken nothing yet. Raises
        Unavailable.
        """
        ...

    async def committed(self, consumer: str) -> Cursor:
        """As committed last; empty before that. Raises Unavailable."""
        ...

    async def lag(self, stream: str) -> dict[str, int]:
        """By consumer that has ever committed: records of *stream* that it has not committed yet. Raises
        Unavailable."""
        ...


def offset_key(offset: str) -> tuple[int, ...]:
    """For comparing offsets of one shard; "" (nothing yet) comes before all."""
    return tuple(int(part) for part in offset.split("-")) if offset else ()


def refusal_of(record: Record, streams: Container[str]) -> Malformed | None:
    """Why no adapter takes *record*; None: it may."""
    if len(record.value) > MAX_VALUE:
        return Malformed(f"a value of {len(record.value)} bytes; the log takes {MAX_VALUE}")
    if record.stream not in streams:
        return Malformed(f"there is no stream {record.stream[:80]!r}")
    return None
