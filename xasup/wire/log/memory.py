"""The log in memory: the honest twin of the real ones, for tests and experiments. Durable as long as the process.

One object is one log: hand it to all who shall share it. Refuses to know: what records mean.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log.port import (
    SHARES,
    Cursor,
    Entry,
    Extent,
    Outcome,
    Position,
    Reader,
    Record,
    Shard,
    Shares,
    State,
    Trimmed,
    refusal_of,
)

_UP = State("up")
_AWAY = State("away", "the log in memory was told to be away")


@dataclass(slots=True)
class _Stream:
    """*first*: the number of the oldest entry, also of the next one while there is none."""

    entries: deque[Entry] = field(default_factory=deque)
    first: int = 1
    bytes: int = 0

    @property
    def last(self) -> int:
        return self.first + len(self.entries) - 1

    def push(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.bytes += _size(entry)

    def trim(self, upto: int) -> None:
        while self.entries and self.first <= upto:
            self.bytes -= _size(self.entries.popleft())
            self.first += 1


_Waiting = tuple[Sequence[Record], asyncio.Future[list[Outcome]]]


class MemoryLog:
    """`go_away()` and `come_back()` are what stopping and starting a server would be; *refuse* says why it will never
    take a record ("": it takes it); it is full from *memory_limit* bytes on. *clock*: milliseconds since the epoch;
    *shares*: of the limit, for streams that are bounded by themselves."""

    def __init__(
        self,
        memory_limit: int = 512 << 20,
        refuse: Callable[[Record], str] = lambda record: "",
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        shares: Shares = SHARES,
    ) -> None:
        self.memory_limit, self.refuse = memory_limit, refuse
        self._clock, self._away, self._shares = clock, False, shares
        self._streams = {str(stream): _Stream() for stream in Stream}
        self._committed: defaultdict[str, dict[Shard, str]] = defaultdict(dict)
        self._waiting: deque[_Waiting] = deque()
        self._pending = 0
        self._news = asyncio.Event()

    def go_away(self) -> None:
        self._away = True
        self._tell()

    def come_back(self) -> None:
        self._away = False
        self._carry_on()

    @property
    def state(self) -> State:
        return _AWAY if self._away else self._full() if self._is_full() else _UP

    @property
    def pending(self) -> int:
        return self._pending

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[Outcome]] = loop.create_future()
        self._waiting.append((records, done))
        self._pending += len(records)
        loop.call_soon(self._carry_on)
        return done

    @asynccontextmanager
    async def reader(self, streams: Sequence[str], after: Cursor) -> AsyncIterator[Reader]:
        yield _MemoryReader(self, {stream: _number(after.get(Shard(stream, 0), "")) for stream in streams})

    async def extent(self, stream: str) -> dict[Shard, Extent]:
        self.check()
        held = self._streams[stream]
        first, last = (str(held.first), str(held.last)) if held.entries else ("", "")
        return {Shard(stream, 0): Extent(first, last, len(held.entries), held.bytes)}

    async def at_time(self, streams: Sequence[str], ms: int) -> Cursor:
        self.check()
        return {
            Shard(stream, 0): _offset(held.first - 1 + sum(entry.at < ms for entry in held.entries))
            for stream in streams
            if (held := self._streams[stream])
        }

    async def before_end(self, stream: str, count: int) -> Cursor:
        self.check()
        held = self._streams[stream]
        return {Shard(stream, 0): _offset(max(held.first - 1, held.last - count))}

    async def commit(self, consumer: str, cursor: Cursor) -> None:
        self.check()
        self._committed[consumer].update(cursor)
        self._carry_on()

    async def committed(self, consumer: str) -> Cursor:
        self.check()
        return dict(self._committed.get(consumer, {}))

    async def lag(self, stream: str) -> dict[str, int]:
        self.check()
        last, shard = self._streams[stream].last, Shard(stream, 0)
        return {name: last - _number(cursor[shard]) for name, cursor in self._committed.items() if shard in cursor}

    def check(self) -> None:
        """Raises Unavailable while it is away."""
        if self._away:
            raise Unavailable(_AWAY.reason)

    def following(self, stream: str, number: int, limit: int) -> list[Entry]:
        """What comes after entry *number* (0: the oldest there is). Raises Trimmed."""
        held = self._streams[stream]
        if number and not held.first - 1 <= number <= held.last:
            raise Trimmed(f"{stream}: what follows {number} is gone; the log holds {held.first} to {held.last}")
        start = max(0, number + 1 - held.first)
        return [held.entries[at] for at in range(start, min(start + limit, len(held.entries)))]

    async def news(self) -> None:
        """Return when something may have changed."""
        await self._news.wait()

    def _carry_on(self) -> None:
        while self._waiting and self._takes():
            records, done = self._waiting.popleft()
            outcomes = [self._take(record) for record in records]
            self._pending -= len(records)
            if not done.done():
                done.set_result(outcomes)
        self._tell()

    def _takes(self) -> bool:
        self._trim()
        return not self._away and not self._is_full()

    def _take(self, record: Record) -> Outcome:
        refusal = refusal_of(record, self._streams)
        if refusal is not None:
            return refusal
        if reason := self.refuse(record):
            return Malformed(reason)
        held = self._streams[record.stream]
        position = Position(0, str(held.last + 1))
        held.push(Entry(record.stream, position, record.key, record.value, dict(record.headers), self._clock()))
        return position

    def _trim(self) -> None:
        for stream, share in self._shares.items():
            bounded = self._streams[stream]
            while bounded.bytes > share * self.memory_limit:
                bounded.trim(bounded.first)
        for name, held in self._streams.items():
            offsets = [cursor[shard] for cursor in self._committed.values() if (shard := Shard(name, 0)) in cursor]
            if offsets and held.bytes > self.memory_limit // 2:
                held.trim(min(map(_number, offsets)))

    def _is_full(self) -> bool:
        return sum(held.bytes for held in self._streams.values()) >= self.memory_limit

    def _full(self) -> State:
        return State("full", f"the log holds its limit of {self.memory_limit} bytes; consumers have not committed them")

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class _MemoryReader:
    def __init__(self, log: MemoryLog, taken: dict[str, int]) -> None:
        self._log, self._taken = log, taken

    async def read(self, limit: int, wait: float) -> list[Entry]:
        try:
            async with asyncio.timeout(wait):
                while not (entries := self._read(limit)):
                    await self._log.news()
        except TimeoutError:
            entries = self._read(limit)
        for entry in entries:
            self._taken.pop(entry.stream)  # and to the end: a busy stream lets the others through
            self._taken[entry.stream] = int(entry.position.offset)
        return entries

    def _read(self, limit: int) -> list[Entry]:
        self._log.check()
        entries: list[Entry] = []
        for stream, number in self._taken.items():
            entries += self._log.following(stream, number, limit - len(entries))
        return entries


def _number(offset: str) -> int:
    return int(offset or 0)


def _offset(number: int) -> str:
    return str(number) if number else ""


def _size(entry: Entry) -> int:
    return len(entry.key) + len(entry.value) + sum(len(name) + len(value) for name, value in entry.headers.items())
