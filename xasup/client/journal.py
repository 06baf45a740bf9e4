"""The one hand that writes the device's file: a thread of its own, and groups of jobs for it.

What is handed in while a commit runs goes into the next one, so a thousand sends cost a handful of commits. If a group
fails, each of its jobs is tried alone, so that one cannot spoil the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from xasup.protocol.errors import Unavailable
from xasup.wire.store import DeviceStore

T = TypeVar("T")
Job = Callable[[DeviceStore], T]
_Call = tuple[Job[Any], "asyncio.Future[Any]", Callable[[Any], None] | None]
_Outcome = tuple[Any, BaseException | None]


class Journal:
    """Until close(); belongs to one event loop. Callbacks instead of a task: each turn of the loop costs latency."""

    def __init__(self, store: DeviceStore, thread: Executor) -> None:
        self._store, self._thread = store, thread
        self._loop = asyncio.get_running_loop()
        self._calls: list[_Call] = []
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def do(self, job: Job[T], then: Callable[[T], None] | None = None) -> T:
        """Run *job* in a transaction; returns when it is on the disk. First come, first written.

        *then* gets what it returned, in the order of the file, also where the caller has been cancelled meanwhile: so
        those hear of it who have to know what the file has.

        Raises what the job raises, and Unavailable when the disk does not do its part: then nothing has happened.
        """
        if self._closed:
            raise Unavailable("the device's file is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._calls.append((job, future, then))
        if self._idle.is_set():
            self._idle.clear()
            self._loop.call_soon(self._begin)  # whoever comes in this turn comes along
        try:
            value = await future
        except asyncio.CancelledError:
            if then is not None and not future.cancelled() and future.exception() is None:
                then(future.result())  # cancelled in the turn in which the file was ready
            raise
        if then is not None:
            then(value)
        return value

    async def close(self) -> None:
        """Write what was handed in, then close the store."""
        self._closed = True
        await self._idle.wait()
        await self._loop.run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()

    def _begin(self) -> None:
        calls, self._calls = self._calls, []
        running = self._thread.submit(_commit, self._store, [job for job, _, _ in calls])
        running.add_done_callback(lambda done: self._loop.call_soon_threadsafe(self._end, calls, done))

    def _end(self, calls: list[_Call], done: Future[list[_Outcome]]) -> None:
        for (_, future, then), (value, error) in zip(calls, done.result(), strict=True):
            if future.done():  # its caller was cancelled; it is written all the same
                if error is None and then is not None:
                    self._loop.call_soon(then, value)  # as the others go on
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)
        if self._calls:
            self._begin()
        else:
            self._idle.set()


def _commit(store: DeviceStore, jobs: list[Job[Any]]) -> list[_Outcome]:
    if len(jobs) > 1:
        try:
            with store.transaction():
                return [(job(store), None) for job in jobs]
        except Exception:  # noqa: BLE001, S110 # nothing is swallowed: each job meets its own error below
            pass
    return [_alone(store, job) for job in jobs]


def _alone(store: DeviceStore, job: Job[Any]) -> _Outcome:
    try:
        with store.transaction():
            return job(store), None
    except Exception as error:  # noqa: BLE001 # handed to the one who waits for the job
        return None, error
