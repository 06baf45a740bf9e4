"""The truth in memory: the honest twin of the one in Redis, for tests and experiments. Durable as long as the process.

Refuses to know: what the cells mean, clocks (the caller gives one).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace

from xasup.protocol.errors import Unavailable
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


class MemoryTruth:
    """After `go_away()` everything raises Unavailable, as when Redis is stopped. *clock*: seconds, for the age of
    answers."""

    def __init__(self, keep: int = KEEP_CHANGES, clock: Callable[[], float] = time.monotonic) -> None:
        self.away = False
        self._keep, self._clock = keep, clock
        self._tables: dict[str, dict[str, bytes]] = {}
        self._answers: dict[str, tuple[float, Recorded]] = {}
        self._stream: list[ChangeEntry] = []
        self._appended = 0
        self._applied: dict[str, str] = {}
        self._schema = 0
        self._news = asyncio.Condition()

    async def get(self, cells: Sequence[Cell]) -> list[bytes | None]:
        self._check()
        return [self._value(cell) for cell in cells]

    async def commit(self, step: Step) -> Committed | Conflict:
        self._check()
        if step.request is not None and self._answer(step.request):
            return Conflict()
        if any(self._value(cell) != value for cell, value in step.expect.items()):
            return Conflict()
        self._put(step.put)
        position = self._append(step.change) if step.change else ""
        if step.request is not None and step.answer:
            self._answers[step.request] = (self._clock(), replace(step.answer, position=position))
        await self._tell()
        return Committed(position)

    async def recorded(self, request: str) -> Recorded | None:
        self._check()
        return self._answer(request)

    async def scan(self, table: str) -> AsyncIterator[tuple[str, bytes]]:
        self._check()
        for cell in list(self._tables.get(table, {}).items()):
            yield cell

    async def page(self, table: str, after: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        self._check()
        cells = sorted(cell for cell in self._tables.get(table, {}).items() if cell[0] > after)
        return cells[:limit], cells[limit - 1][0] if len(cells) > limit else ""

    async def changes(self, after: str, limit: int, wait: float) -> list[ChangeEntry]:
        try:
            async with asyncio.timeout(wait if wait > 0 else None), self._news:
                while not (found := self._after(after)) and wait > 0:
                    await self._news.wait()
        except TimeoutError:
            found = self._after(after)
        return found[:limit]

    async def last_position(self) -> str:
        self._check()
        return self._stream[-1].position if self._stream else START

    async def report_applied(self, node: str, position: str) -> None:
        self._check()
        self._applied[node] = position
        self._trim()
        await self._tell()

    async def applied(self, node: str) -> str:
        self._check()
        return self._applied.get(node, START)

    async def schema(self) -> int:
        self._check()
        return self._schema

    async def set_schema(self, number: int) -> None:
        self._check()
        self._schema = number

    async def watch_applied(self, node: str) -> AsyncIterator[str]:
        seen = (-1, -1)
        while True:
            news = await self.applied(node)
            if position_key(news) > seen:
                seen = position_key(news)
                yield news
            async with self._news:
                if position_key(self._applied.get(node, START)) <= seen:
                    await self._news.wait()

    async def go_away(self) -> None:
        """Also those who wait now learn it."""
        self.away = True
        await self._tell()

    def _check(self) -> None:
        if self.away:
            raise Unavailable("the truth is away")

    def _value(self, cell: Cell) -> bytes | None:
        return self._tables.get(cell.table, {}).get(cell.field)

    def _put(self, cells: Mapping[Cell, bytes | None]) -> None:
        for (table, field), value in cells.items():
            if value is None:
                self._tables.get(table, {}).pop(field, None)
            else:
                self._tables.setdefault(table, {})[field] = value

    def _append(self, change: bytes) -> str:
        self._appended += 1
        entry = ChangeEntry(f"{self._appended}-0", change)
        self._stream.append(entry)
        return entry.position

    def _answer(self, request: str) -> Recorded | None:
        since, answer = self._answers.get(request, (0.0, None))
        return answer if self._clock() - since < KEEP_ANSWERS else None

    def _after(self, after: str) -> list[ChangeEntry]:
        """Raises Gap where the change at *after* is not in the stream."""
        self._check()
        first = self._appended - len(self._stream)  # positions are numbered without holes
        skip = position_key(after)[0] - first
        if skip < 0 or skip > len(self._stream) or (skip == 0 and first > 0):
            raise Gap(f"the change at {after} is not in the stream")
        return self._stream[skip:]

    def _trim(self) -> None:
        followed = [*self._applied.values(), *(text.decode() for text in self._tables.get(POSITIONS, {}).values())]
        slowest = min(position_key(position)[0] for position in followed)
        unread = self._appended - slowest
        if unread < self._keep:
            del self._stream[: -self._keep]

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
