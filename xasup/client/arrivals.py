"""What becomes of a message that arrived: is it new, is it to be shown now. Pure.

A message is the same by (id, sender), for ever. A reply waits, briefly, for what it replies to, and what its sender
wrote after it waits behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from xasup.client.sorting import Arrived

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
    """Something that could be shown. *re*: what it replies to, if anything."""

    conversation: str
    sender: str
    id: str
    re: str | None


def showable(
    candidates: Sequence[Candidate], present: Collection[Place], overdue: Collection[str]
) -> tuple[list[int], list[int]]:
    """Indices of *candidates* to show now, in this order, and of those to hold back.

    *present*: which of the messages replied to are here; *overdue*: ids that have been held long enough.
    """
    here = set(present)
    shown: list[int] = []
    rest: Iterable[int] = range(len(candidates))
    while True:
        held: list[int] = []
        before = len(shown)
        _pass(candidates, rest, here, overdue, shown, held)
        if len(shown) == before or not held:
            return shown, held
        rest = held


def _pass(
    candidates: Sequence[Candidate],
    rest: Iterable[int],
    here: set[Place],
    overdue: Collection[str],
    shown: list[int],
    held: list[int],
) -> None:
    blocked: set[tuple[str, str]] = set()
    for index in rest:
        conversation, sender, id, re = candidates[index]
        lane = (conversation, sender)
        ready = re is None or (conversation, re) in here or id in overdue
        if ready and lane not in blocked:
            here.add((conversation, id))
            shown.append(index)
        else:
            blocked.add(lane)
            held.append(index)
