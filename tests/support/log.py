"""Logs for tests: each kind, how it goes away and comes back, and a few words for the exam."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Cursor, Entry, Log, Outcome, Position, Record, Shard

PATIENCE = 30.0  # seconds; a machine under load is slow
Open = Callable[..., AbstractAsyncContextManager[Log]]


@dataclass
class Subject:
    """A log that sits the exam: *open* it as often as you like; each sees what the others appended."""

    name: str
    open: Open


def memory(shared: MemoryLog | None = None) -> Subject:
    """All who open it share one."""
    log = shared or MemoryLog()

    @asynccontextmanager
    async def share(**options: object) -> AsyncIterator[Log]:
        yield log

    return Subject("memory", share)


def at_url(name: str, url: str, prefix: str = "") -> Subject:
    """A real one."""

    def open(**options: object) -> AbstractAsyncContextManager[Log]:
        return open_log(url, **{"prefix": prefix, **options})  # type: ignore[arg-type]  # as the test has them

    return Subject(name, open)


async def ready(log: Log) -> None:
    """Return when it has answered: a new Kafka has to make topics, and to choose who keeps what was committed."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await log.extent(Stream.MESSAGES)
                await log.committed("nobody")
            except Unavailable:
                await asyncio.sleep(0.05)  # no event tells of that
            else:
                return


def message(key: str, value: bytes, *headers: tuple[str, bytes]) -> Record:
    return Record(Stream.MESSAGES, key.encode(), value, headers)


def talk(count: int, keys: int = 1, first: int = 0) -> list[Record]:
    """Records numbered from *first*, of *keys* conversations in turn."""
    return [message(f"k{number % keys}", b"%d" % number) for number in range(first, first + count)]


async def take(log: Log, count: int, after: Cursor | None = None, stream: str = Stream.MESSAGES) -> list[Entry]:
    """The next *count* entries; fails when they do not come."""
    entries: list[Entry] = []
    async with log.reader([stream], after or {}) as reader, asyncio.timeout(PATIENCE):
        while len(entries) < count:
            entries += await reader.read(count - len(entries), 1.0)
    return entries


def after(entries: Iterable[Entry]) -> Cursor:
    """Where a reader of these goes on."""
    return {Shard(entry.stream, entry.position.shard): entry.position.offset for entry in entries}


def by_key(entries: Iterable[Entry]) -> dict[bytes, list[bytes]]:
    """Values in order."""
    found: dict[bytes, list[bytes]] = {}
    for entry in entries:
        found.setdefault(entry.key, []).append(entry.value)
    return found


def positions(outcomes: Iterable[Outcome]) -> list[Position]:
    """Of records that were all taken."""
    found = list(outcomes)
    taken = [outcome for outcome in found if isinstance(outcome, Position)]
    assert taken == found
    return taken


class Flow:
    """Appends batches one after the other, a bounded number of records under way, while the server has its troubles."""

    def __init__(self, log: Log, keys: int = 5, size: int = 20, under_way: int = 400) -> None:
        self._log, self._keys, self._size, self._under_way = log, keys, size, under_way
        self._calls: list[asyncio.Future[list[Outcome]]] = []
        self._count = 0

    async def until(self, done: Callable[[], bool]) -> None:
        """Go on appending until *done*."""
        async with asyncio.timeout(PATIENCE):
            while not done():
                if self._log.pending < self._under_way:
                    self._calls.append(self._log.append(talk(self._size, self._keys, self._count)))
                    self._count += self._size
                await asyncio.sleep(0.002)  # the load comes in time, not at once

    async def appended(self, count: int) -> None:
        """Go on until *count* more records have an outcome."""
        goal = self.settled + count
        await self.until(lambda: self.settled >= goal)

    @property
    def settled(self) -> int:
        return self._count - self._log.pending

    async def check(self) -> None:
        """All that was appended is there once, in order, where its outcome says."""
        async with asyncio.timeout(2 * PATIENCE):
            outcomes = positions([outcome for call in self._calls for outcome in await call])
        await ready(self._log)
        entries = await take(self._log, self._count)
        places = {entry.position: entry.value for entry in entries}
        assert [places[position] for position in outcomes] == [record.value for record in talk(self._count, self._keys)]
        extents = await self._log.extent(Stream.MESSAGES)
        assert sum(each.records for each in extents.values()) == self._count
        for values in by_key(entries).values():
            assert values == sorted(values, key=int)
