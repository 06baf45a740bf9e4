"""The tasks of an engine, held in one place: they end with it, and a crash of one ends the block that uses the engine.

As asyncio.TaskGroup, but what the block itself raises comes out as it is, not in a group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Crew:
    """Belongs to the task that makes it."""

    def __init__(self) -> None:
        self._owner = asyncio.current_task()
        self._tasks: list[asyncio.Task[None]] = []
        self._crash: BaseException | None = None
        self._dismissed = self._summoned = False

    def hire(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin a task that works until it is dismissed."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._ended)

    async def dismiss(self) -> None:
        """Cancel all and wait for them. Raises what one of them crashed with: a bug."""
        self._dismissed = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._crash is not None:
            if self._owner is not None and self._summoned:
                self._owner.uncancel()
            raise self._crash

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            crash: BaseException | None = None if self._dismissed else RuntimeError(f"{task.get_name()} was cancelled")
        else:
            crash = task.exception()
        if crash is None or self._crash is not None:
            return
        self._crash = crash
        if self._owner is not None and not self._dismissed:
            self._summoned = self._owner.cancel()
