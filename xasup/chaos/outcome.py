"""What a talk came to, in figures: counts, rates per second, recoveries, and what was too slow. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from xasup.chaos.act import Mark, Order, Outcome
from xasup.chaos.plan import JUMPS, Kind
from xasup.chaos.transcript import Item, Shown, Stamped
from xasup.chaos.verdict import Verdict
from xasup.protocol.states import State

SLOW = "recovery too slow"
_USUAL, _KAFKA, _NETWORK, _CLOCK = "", " of Kafka", " of the network", " of a clock"
_GROUPS = (_USUAL, _KAFKA, _NETWORK, _CLOCK)
_LIMITS = {_USUAL: 5.0, _KAFKA: 20.0, _CLOCK: 5.0}  # seconds at p95; of a half-open connection only the keepalive tells
_MOMENT = 0.1  # seconds
_SILENCE, _SOON = 1.0, 5.0  # seconds: without a *stored*, that count; after a fault, in which its silence begins
_PROCESSES = (f"{Kind.KILL}: ", f"{Kind.PAUSE}: ")
_CLOCKS = tuple(f"{kind}: " for kind in JUMPS)
_KAFKA_PARTS = ("kafka", "zookeeper")
_EVENTS = {State.SENT.value: "sent", State.STORED.value: "stored"}


class Recoveries(NamedTuple):
    """Seconds."""

    number: int
    p95: float
    slowest: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Recoveries:
        ordered = sorted(seconds)
        if not ordered:
            return cls(0, 0.0, 0.0)
        return cls(len(ordered), percentile(ordered, 95), ordered[-1])


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Of so many of them the largest, by nearest rank; there is one at least."""
    return ordered[-(-len(ordered) * percent // 100) - 1]


def outcome(
    act: str,
    order: Order,
    marks: Sequence[Mark],
    verdict: Verdict,
    told: Sequence[Stamped],
    begun: float,
    skipped: Sequence[str] = (),
) -> Outcome:
    """*told*: by all devices; *begun*: when the marks began, in seconds of the steady clock."""
    marks = healed(marks, told, begun)
    found = {group: _recoveries(marks, group) for group in _GROUPS}
    counts: dict[str, float] = {
        "faults": len(marks),
        "accepted": verdict.accepted,
        "stored": verdict.stored,
        "shown": verdict.shown,
        "seconds": round(max((mark.ended for mark in marks), default=0.0), 1),
    }
    for group in _GROUPS:
        if found[group].number:
            counts[f"recoveries{group}"] = found[group].number
            counts[f"p95 s{group}"] = round(found[group].p95, 2)
            counts[f"slowest s{group}"] = round(found[group].slowest, 2)
    wrong = {**verdict.wrong, SLOW: [] if order.short else list(_too_slow(found))}
    return Outcome(act, order, counts, wrong, marks, rates(told, begun), skipped)


def healed(marks: Sequence[Mark], told: Iterable[Stamped], begun: float) -> list[Mark]:
    """Where nobody measured: how long after its end somebody was told *stored* again; of a fault that took no time,
    without a silence soon afterwards, be it the next one's."""
    stored = sorted(it.at / 1000 - begun for it in told if _name(it.item) == "stored")
    return [
        mark if mark.recovered is not None else mark._replace(recovered=_next(stored, mark.ended, _at_once(mark)))
        for mark in marks
    ]


def _at_once(mark: Mark) -> bool:
    """It lasted for no time: what is told right afterwards was on its way."""
    return mark.ended - mark.begun < _MOMENT


def _next(moments: Sequence[float], after: float, wary: bool) -> float | None:
    at = bisect_left(moments, after)
    if at == len(moments):
        return None
    healed, before = moments[at], after
    for moment in moments[at:]:
        if not wary or before > after + _SOON:
            break
        if moment - before >= _SILENCE:
            healed = moment
        before = moment
    return healed - after


def rates(told: Iterable[Stamped], begun: float) -> Mapping[str, list[int]]:
    """How much was sent, stored and shown in each second since *begun*."""
    counts: dict[str, Counter[int]] = {name: Counter() for name in ("sent", "stored", "shown")}
    for stamped in told:
        name = _name(stamped.item)
        second = int(stamped.at / 1000 - begun)
        if name and second >= 0:
            counts[name][second] += 1
    seconds = 1 + max((second for counter in counts.values() for second in counter), default=-1)
    return {name: [counter[second] for second in range(seconds)] for name, counter in counts.items()}


def _name(item: Item) -> str:
    return "shown" if isinstance(item, Shown) else _EVENTS.get(item.state, "")


def _recoveries(marks: Sequence[Mark], group: str) -> Recoveries:
    return Recoveries.of(mark.recovered for mark in marks if mark.recovered is not None and _group(mark) == group)


def _group(mark: Mark) -> str:
    if mark.what.startswith(_CLOCKS):
        return _CLOCK
    if not mark.what.startswith(_PROCESSES):
        return _NETWORK
    return _KAFKA if mark.what.endswith(_KAFKA_PARTS) else _USUAL


def _too_slow(found: Mapping[str, Recoveries]) -> Iterable[str]:
    for group, limit in _LIMITS.items():
        if found[group].p95 > limit:
            yield f"{found[group].p95:.1f} s{group} at p95; {limit:g} s are allowed"
