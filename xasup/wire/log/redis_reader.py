"""Reads the log in Redis onwards from a cursor. Refuses to know: who appends, what was committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import Entry, Trimmed, offset_key
from xasup.wire.log.redis_keys import number, read_entry
from xasup.wire.redis.link import PATIENCE, Command, Link

BEFORE_ALL = "0-0"
_SLICE = 0.3  # seconds of waiting at a time: a Redis that stopped answering is noticed within this and the patience


class RedisReader:
    """*keys*: the streams to read, with their keys; *after*: the offsets that were taken, by stream."""

    def __init__(self, link: Link, keys: Mapping[str, str], after: Mapping[str, str]) -> None:
        self._link, self._keys = link, keys
        self._names = {key.encode(): stream for stream, key in keys.items()}
        self._taken = {stream: after.get(stream) or BEFORE_ALL for stream in keys}
        self._checked = False

    async def read(self, limit: int, wait: float) -> list[Entry]:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            left = until - loop.time()
            entries = await self._read(limit, min(left, _SLICE))
            if entries or left <= _SLICE:
                return entries

    async def _read(self, limit: int, wait: float) -> list[Entry]:
        if not self._checked or not self._link.connected:
            await self._check()
        block = ("BLOCK", int(wait * 1000)) if wait >= 0.001 else ()  # BLOCK 0 would be for ever
        count = max(1, limit // len(self._taken))
        keys = [self._keys[stream] for stream in self._taken]
        command: Command = ("XREAD", "COUNT", count, *block, "STREAMS", *keys, *self._taken.values())
        [found] = await self._link.ask([command], PATIENCE + wait)
        if isinstance(found, Unavailable):
            raise found
        return self._take(found or [], limit)

    def _take(self, found: Any, limit: int) -> list[Entry]:
        taken = dict(self._taken)
        entries: list[Entry] = []
        for key, raw in found:
            stream = self._names[key]
            news = [read_entry(stream, offset, fields or []) for offset, fields in raw[: limit - len(entries)]]
            if news:
                _check_whole(stream, taken.pop(stream), news)  # and to the end: a busy stream lets the others through
                taken[stream] = news[-1].position.offset
                entries += news
        self._taken = taken
        return entries

    async def _check(self) -> None:
        """Raises Trimmed when a stream ends before the cursor, or begins after what follows it."""
        for stream, offset in self._taken.items():
            if offset == BEFORE_ALL:
                continue
            first, last = await bounds(self._link, self._keys[stream])
            if number(offset) and not (
                offset_key(offset) <= offset_key(last) and (not first or number(first) <= number(offset) + 1)
            ):
                raise Trimmed(f"{stream}: what follows {offset} is gone; the log holds {first or 'nothing'} to {last}")
        self._checked = True


async def bounds(link: Link, key: str) -> tuple[str, str]:
    """Offsets of the oldest record of a stream ("" where there is none), and of the newest that there ever was."""
    [facts] = await link.ask([("XINFO", "STREAM", key)])
    if isinstance(facts, Unavailable):
        if "no such key" in str(facts):
            return "", BEFORE_ALL
        raise facts
    found = dict(zip(facts[::2], facts[1::2], strict=True))
    first = found[b"first-entry"]
    return first[0].decode() if first else "", found[b"last-generated-id"].decode()


def _check_whole(stream: str, taken: str, news: list[Entry]) -> None:
    """The numbers of records follow each other. What others have put there with `XADD *` has the number 0."""
    before, first, last = (number(offset) for offset in (taken, news[0].position.offset, news[-1].position.offset))
    if (before and first and first != before + 1) or (first and last - first > len(news) - 1):
        raise Trimmed(f"{stream}: records between {taken} and {news[-1].position.offset} are gone")
