"""Order among what runs at the same time: two that share a key run one after the other, in the order they came.

Refuses to know: what keys and items are, who runs them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class Place(Generic[Item]):
    """*item* in the queues of all its *keys*; *behind*: in how many of them others stand before it."""

    keys: tuple[str, ...]
    item: Item
    behind: int = 0


class Lanes(Generic[Item]):
    """At most *limit* run at once."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running = 0
        self._queues: dict[str, deque[Place[Item]]] = {}
        self._ready: deque[Place[Item]] = deque()

    def depth(self, keys: tuple[str, ...]) -> int:
        """How many stand in the longest of these queues, those that run included."""
        return max((len(self._queues[key]) for key in keys if key in self._queues), default=0)

    def add(self, keys: tuple[str, ...], item: Item) -> None:
        """Queue up for each of *keys*, which differ."""
        place = Place(keys, item)
        for key in keys:
            queue = self._queues.setdefault(key, deque())
            place.behind += bool(queue)
            queue.append(place)
        if not place.behind:
            self._ready.append(place)

    def take(self) -> list[Place[Item]]:
        """What may run now; each is to be given to done() afterwards."""
        count = min(self._limit - self._running, len(self._ready))
        self._running += count
        return [self._ready.popleft() for _ in range(count)]

    def done(self, place: Place[Item]) -> None:
        """It has run: the next in its queues moves up."""
        self._running -= 1
        for key in place.keys:
            queue = self._queues[key]
            queue.popleft()
            if not queue:
                del self._queues[key]
                continue
            queue[0].behind -= 1
            if not queue[0].behind:
                self._ready.append(queue[0])
