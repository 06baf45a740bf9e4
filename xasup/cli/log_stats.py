"""What one stream of the log holds, in numbers. Refuses to know: how they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xasup.cli.log_lines import second, short
from xasup.protocol.streams import Stream
from xasup.wire.log.port import Cursor, Log
from xasup.wire.log.sweep import End, sweep

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


@dataclass(frozen=True, slots=True)
class Stats:
    """*first*, *last*: milliseconds since the epoch, 0 where it is empty; *bytes*: None where the log does not tell;
    *lag*: records, by consumer."""

    stream: Stream
    first: int
    last: int
    records: int
    bytes: int | None
    lag: Mapping[str, int]

    def fields(self) -> dict[str, Any]:
        numbers = {"first": self.first, "last": self.last, "records": self.records, "bytes": self.bytes}
        return {"stream": short(self.stream), **numbers, "lag": dict(self.lag)}

    def cells(self) -> tuple[object, ...]:
        moments = (second(ms) if ms else "-" for ms in (self.first, self.last))
        lag = ", ".join(f"{name} {count:,}" for name, count in sorted(self.lag.items()))
        return (*moments, f"{self.records:,}", self._size(), lag or "-")

    def _size(self) -> str:
        return "-" if self.bytes is None else size(self.bytes)


async def stats_of(log: Log, stream: Stream) -> Stats:
    """As it is now. Raises Unavailable, Trimmed."""
    extents = await log.extent(stream)
    held = {shard: extent for shard, extent in extents.items() if extent.first}
    oldest = await _times(log, stream, {}, {shard: extent.first for shard, extent in held.items()})
    before = await log.before_end(stream, 1)
    newest = await _times(log, stream, before, {shard: extent.last for shard, extent in held.items()})
    return Stats(
        stream,
        min(oldest, default=0),
        max(newest, default=0),
        sum(extent.records for extent in extents.values()),
        sum(extent.bytes for extent in extents.values()) or (None if held else 0),
        await log.lag(stream),
    )


async def _times(log: Log, stream: Stream, after: Cursor, upto: End) -> list[int]:
    return [entry.at async for chunk in sweep(log, [stream], after, upto) for entry in chunk]


def size(count: int) -> str:
    """Bytes as people read them."""
    amount = float(count)
    for unit in _UNITS[:-1]:
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} {_UNITS[-1]}"
