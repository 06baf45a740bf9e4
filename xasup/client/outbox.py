"""Which of my messages to publish next. Pure bookkeeping; the file holds the rest.

A parcel is queued, then flying (published, not acknowledged), then unconfirmed (see unconfirmed.py). At most ROOM are
queued; the others stay in the file until there is room. A conversation of which something was turned down goes on with
that, one by one, and newer ones wait behind it: its recipients are shown numbers in their order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

WINDOW, ROOM = 200, 1000


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way. *stored*: the log has it; *confirmed*: a device of the recipient has it; *again*: the
    broker has had it before; *doubts*: how often the broker turned it down without saying why."""

    seq: int
    id: str
    conversation: str
    payload: bytes
    stored: bool = False
    again: bool = False
    doubts: int = 0
    confirmed: bool = False


@dataclass(slots=True)
class Outbox:
    """*behind*: there may be more to publish in the file, after `upto`; who fills it reads on from there."""

    behind: bool = True
    upto: int = 0
    _queue: OrderedDict[str, Parcel] = field(default_factory=OrderedDict)
    _flying: dict[str, Parcel] = field(default_factory=dict)
    _turned_down: dict[str, dict[str, int]] = field(default_factory=dict)  # by conversation: ids to their seq
    _withdrawn: set[str] = field(default_factory=set)

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
        if parcel.id not in self._flying and parcel.id not in self._withdrawn:
            self._queue.setdefault(parcel.id, parcel)

    def take(self) -> Parcel | None:
        """The next to publish; None when there is none, all wait behind another one, or enough are flying."""
        if len(self._flying) >= WINDOW or (id := self._next()) is None:
            return None
        parcel = self._flying[id] = self._queue.pop(id)
        return parcel

    def landed(self, id: str) -> Parcel | None:
        """The broker has answered about it; None where it was settled meanwhile."""
        self._forget(id)
        return self._flying.pop(id, None)

    def turned_down(self, parcel: Parcel) -> None:
        """The broker did not take it this time: until it does, or it is settled, others wait behind it."""
        self._turned_down.setdefault(parcel.conversation, {})[parcel.id] = parcel.seq

    def put_back(self, parcels: Iterable[Parcel]) -> None:
        """To the front of the queue, in their order: older than what is queued. What is on its way stays so."""
        for parcel in sorted(parcels, key=lambda parcel: parcel.seq, reverse=True):
            if parcel.id not in self._flying and parcel.id not in self._withdrawn:
                self._queue[parcel.id] = parcel
                self._queue.move_to_end(parcel.id, last=False)

    def in_order(self) -> None:
        """All that is queued, by age: after a connection was lost, what comes back belongs between."""
        self._queue = OrderedDict(sorted(self._queue.items(), key=lambda item: item[1].seq))

    def lost(self) -> list[str]:
        """The connection is gone: what was flying will be published again. Their ids."""
        flying, self._flying = self._flying, {}
        self._turned_down.clear()
        self.put_back(flying.values())
        return list(flying)

    def withdraw(self, id: str) -> bool:
        """It is not published from now on; False where it is on its way."""
        if id in self._flying:
            return False
        self._forget(id)
        self._queue.pop(id, None)
        self._withdrawn.add(id)
        return True

    def restore(self, id: str) -> None:
        """It may be published after all."""
        self._withdrawn.discard(id)

    def readmit(self, parcel: Parcel) -> None:
        """To its place by age; what is to be read from the file yet comes from there."""
        if not self.behind or parcel.seq <= self.upto:
            self.put_back([parcel])
            self.in_order()

    def settle(self, id: str) -> None:
        """Nothing more is to be done about it."""
        self._forget(id)
        self._flying.pop(id, None)
        self._queue.pop(id, None)

    def _next(self) -> str | None:
        if not self._turned_down:
            return next(iter(self._queue), None)
        busy = {parcel.conversation for parcel in self._flying.values()}
        oldest = {name: min(ids, key=ids.__getitem__) for name, ids in self._turned_down.items() if name not in busy}
        for id, parcel in self._queue.items():
            if parcel.conversation not in self._turned_down or oldest.get(parcel.conversation) == id:
                return id
        return None

    def _forget(self, id: str) -> None:
        """It is not turned down any more."""
        for name, ids in self._turned_down.items():
            if ids.pop(id, None) is not None:
                if not ids:
                    del self._turned_down[name]
                return

    def _append(self, parcel: Parcel) -> None:
        if parcel.seq > self.upto:  # else it was read from the file meanwhile
            self.upto = parcel.seq
            if parcel.id not in self._withdrawn:
                self._queue[parcel.id] = parcel
