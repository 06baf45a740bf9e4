"""Numbers that are missing before a message that is held back: whether they may still come, and until when they are
waited for. Pure.

What is missing below the `low` of a message was settled when that one was written: history has it, or it never comes.
What is missing from there on its sender still had, and offers again; but not where this device is the sender itself: if
its file has lost what it wrote, history alone has it. Refuses to know: what is shown, who asks history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from xasup.client.arrivals import Candidate
from xasup.protocol.ids import ClientId
from xasup.wire.store import Lane

LATE = 2.0  # seconds for which a number may be late though history lacks it, where its sender does not say
GIVEN_UP = 120.0  # seconds after which missing numbers are given up in any case; a killed Kafka may need 40
GRACE = 10.0  # seconds of them that each process waits itself, however long those before it have waited


class Hope(StrEnum):
    """That missing numbers come."""

    NONE = "none"  # but from history
    SOME = "some"  # their sender does not say
    SURE = "sure"  # their sender had them, and offers them again


class Gap(NamedTuple):
    """Before one held message. *signs*: ids of the messages that show what there is to hope; *waiting*: ids of all that
    are held in this lane."""

    hope: Hope
    signs: Collection[str]
    waiting: Collection[str]


class Came(NamedTuple):
    """When something held came, in seconds of a clock that only goes forward. *here*: to this process; *since*: to this
    device."""

    here: float
    since: float


def came(now: float, now_ms: int, at: int) -> Came:
    """Of a line that came at *at* by the wall clock, and is seen by this process for the first time."""
    return Came(now, now - min(max(0.0, (now_ms - at) / 1000), GIVEN_UP))


def gaps(
    me: ClientId,
    candidates: Sequence[Candidate],
    held: Sequence[int],
    before: Sequence[int],
    counts: Mapping[Lane, int],
) -> dict[str, Gap]:
    """By the id of the message *before* which numbers are missing. *held*: indices of all that are; *counts*: the
    newest number shown of each lane; *me*: this device."""
    mine = (me.user, me.tag)
    lanes: dict[Lane, list[Candidate]] = {candidates[index].lane: [] for index in before}
    for index in held:
        if (lane := lanes.get(candidates[index].lane)) is not None:
            lane.append(candidates[index])
    found = {}
    for it in (candidates[index] for index in before):
        gap = _gap(it, lanes[it.lane], it.lane in counts)
        found[it.id] = gap._replace(hope=Hope.NONE) if (it.sender, it.src) == mine else gap
    return found


def due(gap: Gap, came: Mapping[str, Came], complete: float) -> float:
    """When the missing numbers are given up; *complete*: when history was asked for what it then told to the end."""
    here = min(came[id].here for id in gap.waiting)
    shown = noticed(gap, came)
    if complete < shown:
        return here + GIVEN_UP
    match gap.hope:
        case Hope.NONE:
            return shown
        case Hope.SOME:
            return min(shown + LATE, here + GIVEN_UP)
        case Hope.SURE:
            return max(min(came[id].since for id in gap.waiting) + GIVEN_UP, here + GRACE)


def noticed(gap: Gap, came: Mapping[str, Came]) -> float:
    """From when on history, if asked, has what it will ever have of numbers that were settled."""
    return min(came[id].here for id in gap.signs)


def _gap(first: Candidate, lane: Sequence[Candidate], known: bool) -> Gap:
    waiting = [it.id for it in lane]
    if signs := [it.id for it in lane if it.low >= first.n]:
        return Gap(Hope.NONE, signs, waiting)
    if any(it.low for it in lane):
        return Gap(Hope.SURE, [first.id], waiting)
    return Gap(Hope.SOME if known else Hope.NONE, [first.id], waiting)
