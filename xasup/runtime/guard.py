"""Who looks at the files of a child: before it starts, now and then while it runs, and when it has ended.

Refuses to know: what a guard makes of what it finds.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

EVERY = 1.0  # seconds


class Guard(Protocol):
    """Knows whether the files of a child are as it left them. Both may take a while, in a thread."""

    def check(self) -> None:
        """Before it starts. Raises Unavailable where it may not."""
        ...

    def renew(self) -> None:
        """This is how they are."""
        ...


class Watch:
    """Of one child. *guard*: None for nobody; *every*: so many seconds it looks."""

    def __init__(self, guard: Guard | None, every: float = EVERY) -> None:
        self._guard, self._every = guard, every
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Before it starts. Raises Unavailable where it may not."""
        if self._guard is not None:
            await asyncio.to_thread(self._guard.check)
            self._task = self._task or asyncio.create_task(self._run(self._guard), name="watch files")

    async def end(self) -> None:
        """It has ended."""
        if self._task is not None and self._guard is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
            await asyncio.to_thread(self._guard.renew)

    async def _run(self, guard: Guard) -> None:
        while True:
            await asyncio.sleep(self._every)
            await asyncio.to_thread(guard.renew)
