"""Counts messages until they are delivered, at most so many under way. Refuses to know: how they travel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE = 10  # seconds for the last message

Send = Callable[[str], Awaitable[str]]


class Tally:
    """Of one measurement. `delivered` may come before the send that it belongs to has returned."""

    def __init__(self, window: int) -> None:
        self._room = asyncio.Semaphore(window)
        self._began: dict[str, float] = {}
        self._early: dict[str, float] = {}
        self._took: list[float] = []
        self._sent = 0
        self._last = 0.0

    def delivered(self, id: str) -> None:
        """The sender has heard so."""
        now = time.perf_counter()
        began = self._began.pop(id, None)
        if began is None:
            self._early[id] = now
        else:
            self._finish(began, now)

    async def measure(self, send: Send, seconds: float) -> dict[str, Any]:
        """Send for so long, and wait for the last. Raises TimeoutError where one is not delivered."""
        start, text = time.perf_counter(), "x" * 100
        async with asyncio.TaskGroup() as tasks:
            while time.perf_counter() < start + seconds:
                await self._room.acquire()
                self._sent += 1
                tasks.create_task(self._one(send, text))
        async with asyncio.timeout(PATIENCE):
            while len(self._took) < self._sent:
                await asyncio.sleep(0.005)
        self._took.sort()
        return {
            "messages": self._sent,
            "rate": self._sent / (self._last - start),
            "p50_us": self._took[len(self._took) // 2] * 1e6,
            "p99_us": self._took[len(self._took) * 99 // 100] * 1e6,
        }

    async def _one(self, send: Send, text: str) -> None:
        began = time.perf_counter()
        id = await send(text)
        early = self._early.pop(id, None)
        if early is None:
            self._began[id] = began
        else:
            self._finish(began, early)

    def _finish(self, began: float, now: float) -> None:
        self._took.append(now - began)
        self._last = now
        self._room.release()
