"""The receipts that I owe, gathered by person into few packets. Pure.

One packet per person is on its way at a time; what becomes due meanwhile goes into the next: a burst costs a handful.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.receipts import BATCH, Receipt


@dataclass(slots=True)
class _Due:
    delivered: dict[MessageId, None] = field(default_factory=dict)
    read: dict[MessageId, None] = field(default_factory=dict)
    refused: dict[MessageId, str] = field(default_factory=dict)
    flying: bool = False

    def __bool__(self) -> bool:
        return bool(self.delivered or self.read or self.refused)


class Owed:
    """By person: what to tell them."""

    def __init__(self) -> None:
        self._due: dict[UserId, _Due] = {}

    def delivered(self, peer: UserId, ids: Iterable[MessageId]) -> None:
        """These are in my file."""
        self._of(peer).delivered.update(dict.fromkeys(ids))

    def read(self, peer: UserId, ids: Iterable[MessageId]) -> None:
        """These were on my screen; that they were delivered need not be said any more."""
        due = self._of(peer)
        for id in ids:
            due.delivered.pop(id, None)
            due.read[id] = None

    def refused(self, peer: UserId, id: MessageId, reason: str) -> None:
        """This one could not be accepted."""
        self._of(peer).refused[id] = reason

    def take(self) -> list[tuple[UserId, Receipt]]:
        """One receipt for each person who may get one now; they count as flying until landed() or forget()."""
        taken = []
        for peer, due in self._due.items():
            if due and not due.flying:
                due.flying = True
                taken.append((peer, _cut(due)))
        return taken

    def landed(self, peer: UserId) -> None:
        """The broker has answered, whatever it said."""
        due = self._due.get(peer)
        if due is None:
            return
        due.flying = False
        if not due:
            del self._due[peer]

    def forget(self) -> None:
        """The connection is gone. *Delivered* is asked for again by the sender, *read* is in the file."""
        self._due.clear()

    def _of(self, peer: UserId) -> _Due:
        return self._due.setdefault(peer, _Due())


def _cut(due: _Due) -> Receipt:
    read = _first(due.read, BATCH)
    delivered = _first(due.delivered, BATCH - len(read))
    refused, due.refused = due.refused, {}
    return Receipt(delivered, read, refused)


def _first(ids: dict[MessageId, None], count: int) -> tuple[MessageId, ...]:
    if len(ids) <= count:
        taken = tuple(ids)
        ids.clear()
        return taken
    taken = tuple(ids)[:count]
    for id in taken:
        del ids[id]
    return taken
