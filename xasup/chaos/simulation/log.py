"""The log on a simulated disk: the honest twin of the real ones behind a network that takes time, for several
processes. What it has answered about it keeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from xasup.chaos.simulation.loop import Loop
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Cursor, Extent, Log, Outcome, Reader, Record, Shard, State

_QUICK, _SLOW = 0.0003, 0.02  # seconds


class SharedLog(MemoryLog):
    """Readers of several event loops may wait for it."""

    _waiters: list[asyncio.Future[None]]

    async def news(self) -> None:
        self._waiters = getattr(self, "_waiters", [])
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        done = super().append(records)
        self._carry_on()
        return done

    def _tell(self) -> None:
        waiters, self._waiters = getattr(self, "_waiters", []), []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class FarLog:
    """*log*, as the process on *loop* reaches it: see Log. Batches arrive in the order in which they were sent, each
    once; whether the last one of a process that died arrived, the moment decides."""

    def __init__(self, log: SharedLog, loop: Loop) -> None:
        self._log, self._loop = log, loop
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> State:
        return self._log.state

    @property
    def pending(self) -> int:
        return len(self._tasks)

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        done: asyncio.Future[list[Outcome]] = self._loop.create_future()
        task = self._loop.create_task(self._append(list(records), done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return done

    def close(self) -> None:
        """What has not arrived does not arrive any more."""
        for task in list(self._tasks):
            task.cancel()

    async def _append(self, records: list[Record], done: asyncio.Future[list[Outcome]]) -> None:
        async with self._turn:
            await self._pause()
            while self._log.state.word != "up":  # noqa: ASYNC110 - as a real one is asked again and again
                await asyncio.sleep(0.1)
            outcomes = await self._log.append(records)
            await self._pause()
            if not done.done():
                done.set_result(outcomes)

    async def _pause(self) -> None:
        await asyncio.sleep(self._loop.universe.latency(_QUICK, _SLOW))

    @asynccontextmanager
    async def reader(self, streams: Sequence[str], after: Cursor) -> AsyncIterator[Reader]:
        async with self._log.reader(streams, after) as reader:
            yield reader

    async def extent(self, stream: str) -> dict[Shard, Extent]:
        await self._pause()
        return await self._log.extent(stream)

    async def at_time(self, streams: Sequence[str], ms: int) -> Cursor:
        return await self._log.at_time(streams, ms)

    async def before_end(self, stream: str, count: int) -> Cursor:
        return await self._log.before_end(stream, count)

    async def commit(self, consumer: str, cursor: Cursor) -> None:
        await self._pause()
        await self._log.commit(consumer, cursor)

    async def committed(self, consumer: str) -> Cursor:
        return await self._log.committed(consumer)

    async def lag(self, stream: str) -> dict[str, int]:
        return await self._log.lag(stream)


@asynccontextmanager
async def _opened(log: SharedLog, loop: Loop) -> AsyncIterator[Log]:
    far = FarLog(log, loop)
    try:
        yield far
    finally:
        far.close()


def opened(log: SharedLog, loop: Loop) -> AbstractAsyncContextManager[Log]:
    """For the time of the block."""
    return _opened(log, loop)
