"""The log in Redis Streams: one stream each, one shard each, kept until every consumer has committed.

Durable when Redis says so (`appendfsync always`). For one Redis of version 7 or later, not a cluster. Refuses to know:
what records mean, when to try a question again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import SHARES, Cursor, Extent, Outcome, Reader, Record, Shard, Shares, State
from xasup.wire.log.redis_appender import Appender
from xasup.wire.log.redis_batch import Call
from xasup.wire.log.redis_keys import Keys, committed_field, number, read_committed_field
from xasup.wire.log.redis_reader import RedisReader, bounds
from xasup.wire.log.redis_watch import Watch
from xasup.wire.redis.link import Link

_NAMELESS_KEPT = 86_400  # seconds that the state of a producer without a name is kept
_PAGE = 1000  # records looked at at a time


class RedisLog:
    """As `async with RedisLog(…) as log`; connects by itself, and again after every failure. *shares*: of the memory,
    for streams that are bounded by themselves."""

    def __init__(
        self, url: str, producer: str = "", memory_limit: int = 512 << 20, prefix: str = "", shares: Shares = SHARES
    ) -> None:
        self._url, self._keys, self._named = url, Keys(prefix), bool(producer)
        self._streams = self._keys.streams()
        name, kept = (producer, 0) if producer else (f"nameless-{secrets.token_hex(8)}", _NAMELESS_KEPT)
        self._appender = Appender(url, self._keys, name, kept, lambda: self._watch.full)
        self._watch = Watch(
            url,
            self._keys,
            memory_limit,
            shares,
            lambda: self._appender.appended,
            lambda: self._appender.starved,
            self._appender.unblock,
        )
        self._started = False
        self._idle: list[Link] = []

    async def __aenter__(self) -> RedisLog:
        if self._named:
            await self._appender.claim()
            self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._watch.close()
        await self._appender.close()
        for link in self._idle:
            await link.close()

    @property
    def state(self) -> State:
        return self._appender.state

    @property
    def pending(self) -> int:
        return self._appender.pending

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        if not self._started:
            self._start()
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._appender.append(Call(records, done))
        return done

    @asynccontextmanager
    async def reader(self, streams: Sequence[str], after: Cursor) -> AsyncIterator[Reader]:
        link = Link(self._url)
        taken = {stream: after.get(Shard(stream, 0), "") for stream in streams}
        try:
            yield RedisReader(link, {stream: self._streams[stream] for stream in streams}, taken)
        finally:
            await link.close()

    async def extent(self, stream: str) -> dict[Shard, Extent]:
        key = self._streams[stream]
        async with self._link() as link:
            first, last = await bounds(link, key)
            length, size = _raised(await link.ask([("XLEN", key), ("MEMORY", "USAGE", key, "SAMPLES", 50)]))
        return {Shard(stream, 0): Extent(first, last if length else "", length, size or 0)}

    async def at_time(self, streams: Sequence[str], ms: int) -> Cursor:
        return {Shard(stream, 0): f"{ms}-0" for stream in streams}  # no record has the number 0

    async def before_end(self, stream: str, count: int) -> Cursor:
        key, left, end = self._streams[stream], count + 1, "+"
        async with self._link() as link:
            while left > 0:
                [page] = _raised(await link.ask([("XREVRANGE", key, end, "-", "COUNT", min(left, _PAGE))]))
                if not page:
                    return {}
                left -= len(page)
                oldest = page[-1][0].decode()
                end = f"({oldest}"
        return {Shard(stream, 0): oldest}

    async def commit(self, consumer: str, cursor: Cursor) -> None:
        if cursor:
            fields = [
                text for shard, offset in cursor.items() for text in (committed_field(shard.stream, consumer), offset)
            ]
            await self._ask("HSET", self._keys.committed, *fields)

    async def committed(self, consumer: str) -> Cursor:
        return {Shard(stream, 0): offset for stream, name, offset in await self._all_committed() if name == consumer}

    async def lag(self, stream: str) -> dict[str, int]:
        async with self._link() as link:
            _, last = await bounds(link, self._streams[stream])
        return {
            consumer: max(0, number(last) - number(offset))
            for name, consumer, offset in await self._all_committed()
            if name == stream
        }

    def _start(self) -> None:
        self._started = True
        self._appender.start()
        self._watch.start()

    async def _all_committed(self) -> list[tuple[str, str, str]]:
        """Stream, consumer, offset."""
        flat = iter(await self._ask("HGETALL", self._keys.committed))
        return [(*read_committed_field(field), offset.decode()) for field, offset in zip(flat, flat, strict=True)]

    async def _ask(self, *command: str | bytes | int) -> Any:
        async with self._link() as link:
            return _raised(await link.ask([command]))[0]

    @asynccontextmanager
    async def _link(self) -> AsyncIterator[Link]:
        """A connection for one question."""
        link = self._idle.pop() if self._idle else Link(self._url)
        try:
            yield link
        finally:
            self._idle.append(link)


def _raised(replies: list[Any]) -> list[Any]:
    """The replies themselves. Raises the first that is an Unavailable."""
    for reply in replies:
        if isinstance(reply, Unavailable):
            raise reply
    return replies
