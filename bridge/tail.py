"""The newest messages of the log, so that the bridge recognises what it appended before it was started.

Refuses to know: which log it is, what is done about a repetition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from operator import itemgetter

from bridge.window import Known, Window, mark
from xasup.protocol.streams import Header, Stream, Type
from xasup.wire.log.port import Cursor, Entry, Extent, Log, Shard, offset_key

PAGE = 2000  # records read at a time
AT_LEAST = 20_000  # of each shard: more than a bridge has on its way when it ends
_LOOK = 0.1  # seconds between two looks at the end of the log

_Seen = tuple[int, str, Known]  # when, key, what


async def end(log: Log, quiet: float) -> Mapping[Shard, str]:
    """The newest offset of each shard that has one, once the end has not moved for *quiet* seconds: what another bridge
    had on its way into the log has arrived by then, or never will. Raises Unavailable."""
    found, still = await _last(log), 0.0
    while still < quiet:
        await asyncio.sleep(_LOOK)
        before, found = found, await _last(log)
        still = still + _LOOK if found == before else 0.0
    return found


async def rebuild(log: Log, size: int, upto: Mapping[Shard, str]) -> Window:
    """A window of the newest *size* messages up to these offsets. Raises Unavailable, and Trimmed where the log was
    trimmed meanwhile."""
    window = Window(size)
    if size and upto:
        each = max(AT_LEAST, 2 * size // len(upto))
        seen = await _read(log, await log.before_end(Stream.MESSAGES, each), upto)
        for _, key, known in sorted(seen, key=itemgetter(0)):  # the sort keeps the order of each shard
            if window.find(key) is None:
                window.add(key, known)
    return window


async def _last(log: Log) -> dict[Shard, str]:
    return {shard: extent.last for shard, extent in (await log.extent(Stream.MESSAGES)).items() if extent.last}


async def _read(log: Log, after: Cursor, upto: Mapping[Shard, str]) -> list[_Seen]:
    seen: list[_Seen] = []
    left = {shard: offset for shard, offset in upto.items() if offset_key(after.get(shard, "")) < offset_key(offset)}
    async with log.reader([Stream.MESSAGES], after) as reader:
        while left:
            entries = await reader.read(PAGE, 1.0)
            if not entries:  # it may have been trimmed meanwhile
                held = await log.extent(Stream.MESSAGES)
                left = {shard: offset for shard, offset in left.items() if _holds(held.get(shard), offset)}
            seen += filter(None, map(_seen, entries))
            for entry in entries:
                shard = Shard(entry.stream, entry.position.shard)
                if shard in left and offset_key(entry.position.offset) >= offset_key(left[shard]):
                    del left[shard]
    return seen


def _holds(extent: Extent | None, offset: str) -> bool:
    return extent is not None and bool(extent.first) and offset_key(extent.first) <= offset_key(offset)


def _seen(entry: Entry) -> _Seen | None:
    headers = entry.headers
    try:
        if headers[Header.TYPE] != Type.MESSAGE.encode():
            return None
        key = f"{headers[Header.FROM].decode()}/{headers[Header.ID].decode()}"
        return entry.at, key, Known(mark(headers[Header.SUBJECT], entry.value), entry.position)
    except (KeyError, UnicodeDecodeError):
        return None  # somebody else's record
