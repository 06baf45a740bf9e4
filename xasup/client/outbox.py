"""Which of my messages to publish next. Pure bookkeeping; the file holds the rest.

A parcel is queued, then flying (published, not acknowledged), then unconfirmed (see unconfirmed.py). At most ROOM are
queued; the others stay in the file until there is room.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

WINDOW, ROOM = 200, 1000


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way. *stored*: the log has it; *again*: the broker has had it before; *doubts*: how often the
    broker turned it down without saying why."""

    seq: int
    id: str
    conversation: str
    payload: bytes
    stored: bool = False
    again: bool = False
    doubts: int = 0


@dataclass(slots=True)
class Outbox:
    """*behind*: there may be more to publish in the file, after `upto`; who fills it reads on from there."""

    behind: bool = True
    upto: int = 0
    _queue: OrderedDict[str, Parcel] = field(default_factory=OrderedDict)
    _flying: dict[str, Parcel] = field(default_factory=dict)

    def add(self, parcels: Iterable[Parcel]) -> None:
        """Newly written ones, in order; left in the file when the queue is full."""
        for parcel in parcels:
            if self.behind or len(self._queue) >= ROOM:
                self.behind = True
                return
            self._append(parcel)

    def fill(self, parcels: list[Parcel], limit: int) -> None:
        """What was read from the file after `upto`, asked for *limit*."""
        self.behind = len(parcels) >= limit
        for parcel in parcels:
            self._append(parcel)

    def hungry(self) -> bool:
        """True when the file should be read."""
        return self.behind and len(self._queue) < ROOM // 2

    def offer(self, parcel: Parcel) -> None:
        """A person wants this one once more: after what is queued already."""
        if parcel.id not in self._flying:
            self._queue.setdefault(parcel.id, parcel)

    def take(self) -> Parcel | None:
        """The next to publish; None when there is none or enough are flying."""
        if not self._queue or len(self._flying) >= WINDOW:
            return None
        id, parcel = self._queue.popitem(last=False)
        self._flying[id] = parcel
        return parcel

    def landed(self, id: str) -> Parcel | None:
        """The broker has answered about it; None where it was settled meanwhile."""
        return self._flying.pop(id, None)

    def put_back(self, parcels: Iterable[Parcel]) -> None:
        """To the front of the queue, in their order: older than what is queued. What is on its way stays so."""
        for parcel in sorted(parcels, key=lambda parcel: parcel.seq, reverse=True):
            if parcel.id not in self._flying:
                self._queue[parcel.id] = parcel
                self._queue.move_to_end(parcel.id, last=False)

    def in_order(self) -> None:
        """All that is queued, by age: after a connection was lost, what comes back belongs between."""
        self._queue = OrderedDict(sorted(self._queue.items(), key=lambda item: item[1].seq))

    def lost(self) -> None:
        """The connection is gone: what was flying will be published again."""
        flying, self._flying = self._flying, {}
        self.put_back(flying.values())

    def settle(self, id: str) -> None:
        """Nothing more is to be done about it."""
        self._flying.pop(id, None)
        self._queue.pop(id, None)

    def _append(self, parcel: Parcel) -> None:
        if parcel.seq > self.upto:  # else it was read from the file meanwhile
            self.upto = parcel.seq
            self._queue[parcel.id] = parcel
