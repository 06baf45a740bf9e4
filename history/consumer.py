"""Follows the log into the mailboxes, from where they stand: a batch, its effect and its place in one transaction.

Only then the log is told, which may drop what lies below. Whatever is away is waited for. Where the log has lost what
was not read yet, that is said and counted, and what is still there comes in. Refuses to know: who reads mailboxes.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Count
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from history.metrics import Metrics
from history.shelf import Shelf
from history.sorting import sort
from xasup.protocol import streams
from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log.port import Cursor, Entry, Extent, Log, Shard, Trimmed, offset_key
from xasup.wire.mailboxes import Batch

log = structlog.get_logger()

NAME = "history"  # as the log knows us
STREAMS = (Stream.MESSAGES.value, Stream.RECEIPTS.value)
_BATCH = 4000  # records in one transaction, at most
_ROOM = 32 << 20  # bytes of their values, about: as many as that are read of records like the last ones
_FIRST = 500  # records, of which nobody knows how large they are
_WAIT = 5.0  # seconds to wait for a record
_COMMIT_EVERY = 0.5  # seconds between two words to the log
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds between attempts; the last one for ever
_SHOWN = 10  # records put aside that are logged, of one batch

Pause = Callable[[float], Awaitable[None]]


class Consumer:
    """*pause*: as asyncio.sleep. `cursor`: what the mailboxes have; empty until it is known."""

    def __init__(self, source: Log, shelf: Shelf, metrics: Metrics, pause: Pause = asyncio.sleep) -> None:
        self._log, self._shelf, self._metrics, self._pause = source, shelf, metrics, pause
        self.cursor: Cursor = {}
        self._told: Cursor = {}
        self._moved = asyncio.Event()
        self._failures = 0

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self._begin()
                await self._follow()
            except Trimmed as error:
                await self._skip(str(error))
            except Unavailable as error:
                await self._fail(error)

    async def tell(self) -> None:
        """Tell the log now and then how far we are, for ever, and see how far that is."""
        while True:
            await self._pause(_COMMIT_EVERY)
            try:
                await self._commit()
                for stream in STREAMS:
                    self._metrics.lags(stream, (await self._log.lag(stream)).get(NAME, 0))
            except Unavailable as error:
                log.debug("the log cannot be told", reason=str(error))  # reading it says so as well, and louder

    async def reached(self, goal: Cursor) -> None:
        """Return when the mailboxes have all up to *goal*."""
        while not covers(self.cursor, goal):
            await self._moved.wait()

    async def _begin(self) -> None:
        """Where we stand; and the log shall keep what follows."""
        self._set(await self._shelf.cursor())
        extents = await self._extents()
        if fresh := {shard: extent for shard, extent in extents.items() if shard not in self.cursor}:
            await self._shelf.keep(Batch(dict.fromkeys(fresh, "")))
            self._set({**self.cursor, **dict.fromkeys(fresh, "")})
            self._miss("the log no longer has its beginning", lost_before(fresh))
        self._told = self.cursor
        await self._log.commit(NAME, self._told)

    async def _follow(self) -> None:
        limit = _FIRST
        async with self._log.reader(STREAMS, self.cursor) as reader:
            while True:
                entries = await reader.read(limit, _WAIT)
                if self._failures:
                    log.info("working again", failures=self._failures)
                    self._failures = 0
                self._metrics.reading()
                if entries:
                    await self._take(entries)  # reading on meanwhile gains nothing (measured): the threads share a lock
                    limit = _limit(entries)

    async def _take(self, entries: Sequence[Entry]) -> None:
        begun = asyncio.get_running_loop().time()
        _require_known(entries)
        batch, aside = sort(entries)
        for skipped in aside[:_SHOWN]:
            place = str(skipped.entry.position)
            log.warning("skipped", stream=skipped.entry.stream, position=place, reason=skipped.reason)
        kept = await self._shelf.keep(batch)
        self._metrics.kept(entries, (skipped.entry for skipped in aside), kept, begun)
        self._set({**self.cursor, **batch.cursor})

    def _set(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._moved.set()
        self._moved = asyncio.Event()

    async def _commit(self) -> None:
        cursor = self.cursor
        news = {shard: offset for shard, offset in cursor.items() if self._told.get(shard) != offset}
        if news:
            await self._log.commit(NAME, news)
            self._told = cursor

    async def _skip(self, reason: str) -> None:
        """Go on behind what the log has lost. Who has left a group meanwhile, nobody can tell: memberships end, until
        they are said again."""
        try:
            lost = lost_of(self.cursor, await self._extents())
            gap = any(shard.stream == Stream.MESSAGES for shard in lost)
            await self._shelf.keep(Batch(dict.fromkeys(lost, ""), gap=gap))
        except Unavailable as error:
            await self._fail(error)
            return
        if not lost:
            await self._fail(Unavailable(f"the log is not whole, and does not say where: {reason}"))
            return
        self._miss(reason, lost)

    def _miss(self, reason: str, lost: Mapping[Shard, int]) -> None:
        if lost:
            by_stream: Count[str] = Count()
            for shard, count in lost.items():
                by_stream[shard.stream] += count
            log.error("records are missing", reason=reason, **{f"from {name}": by_stream[name] for name in by_stream})
            self._metrics.gap(reason, by_stream)

    async def _extents(self) -> dict[Shard, Extent]:
        found: dict[Shard, Extent] = {}
        for stream in STREAMS:
            found |= await self._log.extent(stream)
        return found

    async def _fail(self, error: Exception) -> None:
        """Told when it begins and then now and again, for as long as it lasts."""
        if self._failures % 60 == 0:
            log.warning("waiting", reason=str(error), failures=self._failures + 1)
        self._metrics.failed(str(error))
        self._failures += 1
        await self._pause(_PAUSES[min(self._failures, len(_PAUSES)) - 1])


def _limit(entries: Sequence[Entry]) -> int:
    """How many records like these to read next."""
    size = sum(len(entry.value) for entry in entries) // len(entries)
    return max(1, min(_BATCH, _ROOM // max(1, size)))


def covers(cursor: Cursor, goal: Cursor) -> bool:
    """Whether a reader at *cursor* has all up to *goal*."""
    return all(offset_key(cursor.get(shard, "")) >= offset_key(offset) for shard, offset in goal.items())


def lost_before(extents: Mapping[Shard, Extent]) -> dict[Shard, int]:
    """The shards that do not begin with their first record, and how many are missing."""
    firsts = {shard: offset_key(extent.first)[-1] for shard, extent in extents.items() if extent.first}
    return {shard: first - 1 for shard, first in firsts.items() if first > 1}


def lost_of(cursor: Cursor, extents: Mapping[Shard, Extent]) -> dict[Shard, int]:
    """The shards that no longer hold what follows *cursor*, and how many records are missing, as far as one can say.

    A shard that holds nothing may have been trimmed behind us, or have lost everything: it counts where no other does.
    """
    sure, perhaps = {}, {}
    for shard, extent in extents.items():
        here, first, last = (offset_key(offset) for offset in (cursor.get(shard, ""), extent.first, extent.last))
        if here and not last:
            perhaps[shard] = 0
        elif here and (here > last or first[-1] > here[-1] + 1):
            sure[shard] = max(0, first[-1] - here[-1] - 1)
    return sure or perhaps


def _require_known(entries: Sequence[Entry]) -> None:
    """Raises Unavailable for a record of a version that is not known here: to skip it would be to lose it."""
    for entry in entries:
        if not streams.readable(entry.headers):
            spec = entry.headers[streams.Header.SPEC].decode(errors="replace")
            raise Unavailable(
                f"{entry.stream} {entry.position}: written by a newer xasup (CloudEvents {spec}; this one reads "
                f"{streams.SPEC_VERSION}); update this one, and it goes on from there"
            )
