"""How far the log must reach to have all that was said when somebody asked. *fence* returns when it does. Refuses to
know: who follows it, and how far they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from history.consumer import STREAMS
from xasup.wire.log.port import Cursor, Log, Shard


class Horizon:
    """The log is asked by one question at a time: those who come while it runs share the next one, since the answer
    that is on its way may be older than they are."""

    def __init__(self, log: Log, fence: Callable[[], Awaitable[None]]) -> None:
        self._log, self._fence = log, fence
        self._running: asyncio.Task[Cursor] | None = None
        self._next: asyncio.Task[Cursor] | None = None

    async def now(self) -> Cursor:
        """A cursor behind all that the broker had accepted at this call. Raises Unavailable."""
        if self._running is None:
            task = self._running = self._ask(after=None)
        else:
            task = self._next = self._next or self._ask(after=self._running)
        return await asyncio.shield(task)

    def _ask(self, after: asyncio.Task[Cursor] | None) -> asyncio.Task[Cursor]:
        task = asyncio.create_task(self._look(after), name="end of the log")
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # those who wait may have left
        return task

    async def _look(self, after: asyncio.Task[Cursor] | None) -> Cursor:
        if after is not None:
            await asyncio.wait([after])
        try:
            await self._fence()
            found: dict[Shard, str] = {}
            for stream in STREAMS:
                found |= {shard: extent.last for shard, extent in (await self._log.extent(stream)).items()}
            return found
        finally:
            self._running, self._next = self._next, None
