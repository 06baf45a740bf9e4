"""What becomes of a message that arrived: is it new, is it to be shown now. Pure.

A message is the same by (id, sender), for ever. A reply waits, briefly, for what it replies to; a number waits for the
numbers before it; and what its sender wrote after it waits behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from xasup.client.sorting import Arrived
from xasup.wire.store import Lane

Key = tuple[str, str]  # id, sender
Place = tuple[str, str]  # conversation, id


class Verdict(StrEnum):
    """About one arrival."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # the id is taken by another content: the first one is kept


class Known(NamedTuple):
    """What the file has under a key."""

    conversation: str
    payload: bytes


Judge = Callable[[Mapping[Key, Known], Sequence[Arrived]], list[Verdict]]


def judge(known: Mapping[Key, Known], arrived: Sequence[Arrived]) -> list[Verdict]:
    """A verdict for each arrival, in order; repetitions within the batch count too."""
    seen = dict(known)
    verdicts = []
    for item in arrived:
        mine = Known(item.conversation, item.payload)
        earlier = seen.setdefault((item.id, item.sender), mine)
        if earlier is mine:
            verdicts.append(Verdict.NEW)
        else:
            verdicts.append(Verdict.DUPLICATE if earlier == mine else Verdict.CONFLICT)
    return verdicts


class Candidate(NamedTuple):
    """Something that could be shown. *re*: what it replies to, if anything; *n*: its number among what this device
    (*src*) of its sender wrote in this conversation, where both are told; *low*: see envelope.Message."""

    conversation: str
    sender: str
    id: str
    re: str | None
    src: str = ""
    n: int = 0
    low: int = 0

    @property
    def lane(self) -> Lane:
        return Lane(self.conversation, self.sender, self.src)

    @property
    def numbered(self) -> bool:
        return self.n > 0 and self.src != ""


class Showing(NamedTuple):
    """Indices of candidates: to show now, in this order; to hold back; of these, those that wait for what they reply
    to, and those that wait for the numbers before theirs. (The others wait behind these.)"""

    shown: list[int]
    held: list[int]
    replies: list[int]
    gaps: list[int]


def showable(
    candidates: Sequence[Candidate],
    present: Collection[Place],
    overdue: Collection[str],
    counts: Mapping[Lane, int] = MappingProxyType({}),
    accepted: Collection[str] = (),
) -> Showing:
    """*present*: which of the messages replied to are here; *overdue*: ids of replies that have been held long enough;
    *counts*: the newest number shown of each lane; *accepted*: ids before which missing numbers are given up."""
    table = _Table(candidates, set(present), overdue, dict(counts), accepted)
    rest: Iterable[int] = _by_number(candidates)
    while True:
        before = len(table.shown)
        table.look(rest)
        if len(table.shown) == before or not table.held:
            return Showing(table.shown, sorted(table.held), table.replies, table.gaps)
        rest = table.held


class _Table:
    def __init__(
        self,
        candidates: Sequence[Candidate],
        here: set[Place],
        overdue: Collection[str],
        counts: dict[Lane, int],
        accepted: Collection[str],
    ) -> None:
        self._candidates, self._here, self._overdue = candidates, here, overdue
        self._counts, self._accepted = counts, accepted
        self.shown: list[int] = []
        self.held: list[int] = []
        self.replies: list[int] = []
        self.gaps: list[int] = []

    def look(self, rest: Iterable[int]) -> None:
        """Once over all that are not shown yet."""
        blocked: set[Lane] = set()
        self.held, self.replies, self.gaps = [], [], []
        for index in rest:
            it = self._candidates[index]
            if it.lane in blocked:
                self.held.append(index)
                continue
            gap = it.numbered and it.n > self._counts.get(it.lane, 0) + 1 and it.id not in self._accepted
            reply = it.re is not None and (it.conversation, it.re) not in self._here and it.id not in self._overdue
            if gap or reply:
                blocked.add(it.lane)
                self.held.append(index)
                (self.gaps if gap else self.replies).append(index)
                continue
            self._show(index, it)

    def _show(self, index: int, it: Candidate) -> None:
        self._here.add((it.conversation, it.id))
        self.shown.append(index)
        if it.numbered:
            self._counts[it.lane] = max(it.n, self._counts.get(it.lane, 0))


def _by_number(candidates: Sequence[Candidate]) -> list[int]:
    """In the order of arrival, but each lane's places are taken by its numbers in their order."""
    lanes: dict[Lane, list[int]] = {}
    for index, it in enumerate(candidates):
        if it.numbered:
            lanes.setdefault(it.lane, []).append(index)
    order = list(range(len(candidates)))
    for places in lanes.values():
        for place, index in zip(places, sorted(places, key=lambda index: candidates[index].n), strict=True):
            order[place] = index
    return order
