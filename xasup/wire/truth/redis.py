"""The truth in Redis: a hash for each table, a stream of changes, answers with a time to live. Spells all the keys.

Durable when Redis says so (`appendfsync always`). For one Redis, not a cluster: a step touches keys of many slots.
Refuses to know: what the cells mean, when to try again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.redis.link import PATIENCE, Link
from xasup.wire.truth.lane import Argument, Lane
from xasup.wire.truth.port import (
    KEEP_ANSWERS,
    KEEP_CHANGES,
    START,
    Cell,
    ChangeEntry,
    Committed,
    Conflict,
    Gap,
    Recorded,
    Step,
    position_key,
)
from xasup.wire.truth.tables import POSITIONS

_PREFIX = "xasup:"
_CHANGES, _APPLIED, _ANSWER = f"{_PREFIX}changes", f"{_PREFIX}applied", f"{_PREFIX}answer:"
_SLICE = 0.3  # seconds of waiting at a time: a Redis that stopped answering is noticed within this and the patience
_SCAN = 1000  # cells asked for at a time


_SCHEMA = f"{_PREFIX}schema"


def _table(name: str) -> str:
    return f"{_PREFIX}{name}"


class RedisTruth:
    """As `async with RedisTruth(url) as truth`; connects when first asked, and again after every failure."""

    def __init__(self, url: str, keep: int = KEEP_CHANGES) -> None:
        self._url, self._keep = url, keep
        self._lane = Lane(url, _CHANGES, KEEP_ANSWERS)
        self._idle: list[Link] = []

    async def __aenter__(self) -> RedisTruth:
        self._lane.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._lane.close()
        for link in self._idle:
            await link.close()

    async def get(self, cells: Sequence[Cell]) -> list[bytes | None]:
        flat = [text for table, field in cells for text in (f"{_PREFIX}{table}", field)]
        return await self._lane.read(flat) if flat else []

    async def commit(self, step: Step) -> Committed | Conflict:
        reply = await self._lane.step(_flat(step))
        return Conflict() if reply is None else Committed(reply.decode())

    async def recorded(self, request: str) -> Recorded | None:
        value = await self._lane.fetch(_ANSWER + request)
        return None if value is None else _read_answer(value)

    async def scan(self, table: str) -> AsyncIterator[tuple[str, bytes]]:
        cursor = "0"
        while True:
            cursor, cells = await self._hscan(table, cursor, _SCAN)
            for cell in cells:
                yield cell
            if cursor == "0":
                return

    async def page(self, table: str, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        """*after* is `cursor` or `cursor:field`: a small hash comes whole whatever limit is asked, so a field tells
        how far into it the last page went."""
        cursor, field = _read_cursor(after)
        while True:
            following, cells = await self._hscan(table, cursor, limit)
            cells = sorted(cell for cell in cells if cell[0] > field)
            if len(cells) > limit:
                return cells[:limit], f"{cursor}:{cells[limit - 1][0]}"
            if cells or following == "0":
                return cells, "" if following == "0" else following
            cursor, field = following, ""

    async def changes(self, after: str, limit: int, wait: float) -> list[ChangeEntry]:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            left = until - loop.time()
            entries = await self._changes(after, limit, min(left, _SLICE))
            if entries or left <= _SLICE:
                return entries

    async def last_position(self) -> str:
        newest = await self._lane.command(("XREVRANGE", _CHANGES, "+", "-", "COUNT", 1))
        return newest[0][0].decode() if newest else START

    async def report_applied(self, node: str, position: str) -> None:
        keys = (_APPLIED, _CHANGES, _table(POSITIONS))
        await self._lane.applied(keys, (node, position, _channel(node), self._keep))

    async def applied(self, node: str) -> str:
        position = await self._lane.command(("HGET", _APPLIED, node))
        return position.decode() if position else START

    async def schema(self) -> int:
        return int(await self._lane.fetch(_SCHEMA) or 0)

    async def set_schema(self, number: int) -> None:
        await self._lane.command(("SET", _SCHEMA, number))

    async def watch_applied(self, node: str) -> AsyncIterator[str]:
        link = Link(self._url)
        try:
            _raised(await link.ask([("SUBSCRIBE", _channel(node))]))
            seen = (-1, -1)
            news = await self.applied(node)
            while True:
                if position_key(news) > seen:
                    seen = position_key(news)
                    yield news
                message = await link.heard(_SLICE)
                news = message[2].decode() if message else await self.applied(node)  # a publication may be lost
        finally:
            await link.close()

    async def _hscan(self, table: str, cursor: str, count: int) -> tuple[str, list[tuple[str, bytes]]]:
        following, flat = await self._lane.command(("HSCAN", _table(table), cursor, "COUNT", count))
        fields = iter(flat)
        return following.decode(), [(field.decode(), value) for field, value in zip(fields, fields, strict=True)]

    async def _changes(self, after: str, limit: int, wait: float) -> list[ChangeEntry]:
        """One read, on a connection of its own since it may block. Raises Gap."""
        block = ("BLOCK", int(wait * 1000)) if wait >= 0.001 else ()  # BLOCK 0 would be for ever
        evidence = ("XINFO", "STREAM", _CHANGES) if after == START else ("XRANGE", _CHANGES, after, after, "COUNT", 1)
        link = self._idle.pop() if self._idle else Link(self._url)
        read = ("XREAD", "COUNT", limit, *block, "STREAMS", _CHANGES, after)
        known, found = await link.ask([evidence, read], PATIENCE + wait)
        self._idle.append(link)
        if after == START:
            _check_untrimmed(known)
        elif not _raised([known])[0]:
            raise Gap(f"the change at {after} is not in the stream")
        streams = _raised([found])[0]
        return [ChangeEntry(position.decode(), fields[1]) for position, fields in streams[0][1]] if streams else []


def _read_cursor(after: str) -> tuple[str, str]:
    """Cursors travel through clients and come back. Raises Malformed."""
    cursor, _, field = (after or "0").partition(":")
    if not (cursor.isascii() and cursor.isdecimal() and int(cursor) < 1 << 64):
        raise Malformed("after: expected the `next` of the page before, or nothing")
    return cursor, field


def _channel(node: str) -> str:
    return f"{_APPLIED}:{node}"


def _flat(step: Step) -> list[Argument]:
    """The arguments of one step of commit.lua."""
    absent, held = _sorted_out(step.expect)
    gone, put = _sorted_out(step.put)
    counts = (str(len(absent) // 2), str(len(held) // 3), str(len(gone) // 2), str(len(put) // 3))
    key = _ANSWER + step.request if step.request is not None else ""
    answer = _spell_answer(step.answer) if step.request is not None and step.answer else b""
    return [key, answer, step.change or b"", *counts, *absent, *held, *gone, *put]


def _sorted_out(cells: Mapping[Cell, bytes | None]) -> tuple[list[Argument], list[Argument]]:
    """Flat: cells without a value, cells with one."""
    without: list[Argument] = []
    having: list[Argument] = []
    for (table, field), value in cells.items():
        if value is None:
            without += (f"{_PREFIX}{table}", field)
        else:
            having += (f"{_PREFIX}{table}", field, value)
    return without, having


def _spell_answer(answer: Recorded) -> bytes:
    """Without its position, which the script puts before it."""
    return bytes([len(answer.digest)]) + answer.digest + answer.payload


def _read_answer(value: bytes) -> Recorded:
    position, _, rest = value.partition(b"|")
    end = 1 + rest[0]
    return Recorded(rest[1:end], rest[end:], position.decode())


def _check_untrimmed(stream: Any) -> None:
    """*stream*: the reply of XINFO STREAM. Raises Gap when it has ever lost an entry."""
    if isinstance(stream, Unavailable):  # there is no stream yet
        return
    facts = dict(zip(stream[::2], stream[1::2], strict=True))
    if facts[b"entries-added"] > facts[b"length"]:
        raise Gap("the first changes are not in the stream any more")


def _raised(replies: Iterable[Any]) -> list[Any]:
    """The replies themselves. Raises the first that is an Unavailable."""
    replies = list(replies)
    for reply in replies:
        if isinstance(reply, Unavailable):
            raise reply
    return replies
