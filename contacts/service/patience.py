"""What is said instead when a change is not enforced in time. Refuses to know: what is said, and to whom."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from contacts.service.enforcement import Action, Enforcement

_TOGETHER = 0.02  # seconds; what is due within them is said together


class Patience:
    """Belongs to one event loop; times are its own, in seconds."""

    def __init__(self, enforcement: Enforcement, loop: asyncio.AbstractEventLoop) -> None:
        self._enforcement, self._loop = enforcement, loop
        self._due: list[tuple[float, int, str, Action]] = []
        self._order = count()
        self._timer: asyncio.Handle | None = None  # uvloop gives one without when() for what is almost due
        self._at = 0.0

    def unless(self, position: str, by: float, otherwise: Action) -> None:
        """Do *otherwise* where the directory lacks the change at *position* at the time *by*."""
        heapq.heappush(self._due, (by, next(self._order), position, otherwise))
        self._set_timer()

    def _set_timer(self) -> None:
        first = self._due[0][0] + _TOGETHER
        if self._timer is None or first < self._at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self._at = self._loop.call_at(first, self._look), first

    def _look(self) -> None:
        self._timer = None
        while self._due and self._due[0][0] <= self._loop.time():
            _, _, position, otherwise = heapq.heappop(self._due)
            if not self._enforcement.holds(position):
                otherwise()
        if self._due:
            self._set_timer()
