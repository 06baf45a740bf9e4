"""What writes a device's file, in place of a thread: each job is done at one moment of the simulated clock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from xasup.chaos.simulation.loop import Loop


class _Job(Future[Any]):
    """One that is waited for by one callback, in the one thread that there is: nothing is locked."""

    def __init__(self) -> None:
        self._then: Callable[[Future[Any]], object] | None = None
        self._outcome: tuple[Any, BaseException | None] | None = None

    def end(self, value: Any, error: BaseException | None) -> None:
        self._outcome = value, error
        if self._then is not None:
            self._then(self)

    def add_done_callback(self, fn: Callable[[Future[Any]], object]) -> None:
        self._then = fn

    def result(self, timeout: float | None = None) -> Any:
        assert self._outcome is not None  # noqa: S101 - it has ended
        value, error = self._outcome
        if error is not None:
            raise error
        return value


class Hand(Executor):
    """Of the process that runs on *loop*."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        job = _Job()
        self._loop.in_thread(self, fn, args, job.end)
        return job

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """There is no thread."""
