"""Reads a log up to its end, as it is when the reading begins: for looking at it, not for following it.

Refuses to know: which log it is, what records mean.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from xasup.wire.log.port import Cursor, Entry, Log, Position, Shard, offset_key

_CHUNK = 1000  # records at a time; 1 GiB where each were of the largest size
_WAIT = 5.0  # seconds

End = dict[Shard, str]  # offsets of the newest records


async def end_of(log: Log, stream: str) -> End:
    """Where *stream* ends now; shards that hold nothing are left out. Raises Unavailable."""
    return {shard: extent.last for shard, extent in (await log.extent(stream)).items() if extent.last}


async def sweep(log: Log, streams: Sequence[str], after: Cursor, end: End) -> AsyncIterator[list[Entry]]:
    """What *streams* hold after *after* up to *end*, some records at a time. Raises Unavailable, Trimmed."""
    wanted = {shard: offset_key(offset) for shard, offset in end.items() if shard.stream in streams}
    left = {shard for shard, last in wanted.items() if offset_key(after.get(shard, "")) < last}
    if not left:
        return
    async with log.reader(streams, after) as reader:
        while left:
            chunk: list[Entry] = []
            for entry in await reader.read(_CHUNK, _WAIT):
                shard, offset = Shard(entry.stream, entry.position.shard), offset_key(entry.position.offset)
                last = wanted.get(shard, ())
                if offset >= last:
                    left.discard(shard)
                if offset <= last:
                    chunk.append(entry)
            if chunk:
                yield chunk


async def find(log: Log, stream: str, position: Position) -> Entry | None:
    """The record at *position*; None where there is none. Raises Unavailable."""
    shard = Shard(stream, position.shard)
    extents = await log.extent(stream)
    held = extents.get(shard)
    if held is None or not offset_key(held.first) <= offset_key(position.offset) <= offset_key(held.last):
        return None
    others = {other: extent.last for other, extent in extents.items() if other != shard}
    after = others | {shard: _before(position.offset)}
    async for chunk in sweep(log, [stream], after, {shard: position.offset}):
        for entry in chunk:
            if entry.position == position:
                return entry
    return None


def _before(offset: str) -> str:
    """A cursor that is followed by the record at *offset*."""
    head, dash, last = offset.rpartition("-")
    return f"{head}{dash}{int(last) - 1}" if int(last) else ""
