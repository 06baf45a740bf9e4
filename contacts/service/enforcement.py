"""How far the broker's directory has followed the changes, and what waits for it. Refuses to know: what a change is."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from xasup.wire.truth.port import START, position_key

Action = Callable[[], None]
MAX_WAITING = 10_000  # actions; more is no service any more


class Enforcement:
    """All changes up to `applied` hold for the next packet."""

    def __init__(self) -> None:
        self._applied = position_key(START)
        self._waiting: list[tuple[tuple[int, int], int, Action]] = []
        self._order = count()
        self._listeners: list[Action] = []

    def holds(self, position: str) -> bool:
        """True when the directory has the change at *position*."""
        return position_key(position) <= self._applied

    def listen(self, listener: Action) -> None:
        """Call *listener* whenever the directory has come further."""
        self._listeners.append(listener)

    def when(self, position: str, action: Action) -> bool:
        """Do *action* once the directory has the change at *position*: now, or later. False: too many wait already."""
        if self.holds(position):
            action()
            return True
        if len(self._waiting) >= MAX_WAITING:
            return False
        heapq.heappush(self._waiting, (position_key(position), next(self._order), action))
        return True

    def reached(self, position: str) -> None:
        """The directory reports *position*."""
        self._applied = max(self._applied, position_key(position))
        while self._waiting and self._waiting[0][0] <= self._applied:
            heapq.heappop(self._waiting)[2]()
        for listener in self._listeners:
            listener()
