"""Which fault comes when: a schedule from a seed, the same for the same seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

GAP = 1.5  # seconds of peace after a recovery, at most
LONG_GAP = 4.0  # the same where many messages are to be said between many kills
PAUSE = 3.0  # seconds for which a paused process stands still


class Kind(StrEnum):
    """What is done: to a process, to the connections of a route, to a link, to the clock by which a process lives."""

    KILL = "kill"  # -9
    PAUSE = "pause"  # SIGSTOP
    LATENCY = "latency"
    JITTER = "jitter"
    SLICES = "slices"
    BANDWIDTH = "bandwidth"
    CUT = "cut before PUBACK"
    RESET = "reset"
    HALF_OPEN = "half-open"
    DOWN = "down"
    AHEAD = "a year ahead"
    BEHIND = "a year behind"
    RIGHT = "the right time"
    RECONNECT = "reconnect"  # of one connection, reset


STORMS = (Kind.LATENCY, Kind.JITTER, Kind.SLICES, Kind.BANDWIDTH, Kind.CUT, Kind.RESET, Kind.HALF_OPEN)
JUMPS = (Kind.AHEAD, Kind.BEHIND, Kind.RIGHT)
LINK, ALL = "link of the receivers", "all clocks"
_AT_ONCE = frozenset({Kind.RESET, Kind.HALF_OPEN})


class Fault(NamedTuple):
    """*where*: parts, a route or the link; *gap*: seconds of peace before it; *lasts*: seconds until it is healed;
    *strength*: in [0, 1), of what can be weak or strong."""

    kind: Kind
    where: tuple[str, ...]
    gap: float
    lasts: float = 0.0
    strength: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind}: {' and '.join(self.where)}"


def kills(parts: Sequence[str], each: int, dice: random.Random, gap: float = GAP) -> list[Fault]:
    """*each* of *parts* so often. *gap*: seconds of peace before one, at most."""
    return [Fault(Kind.KILL, (part,), _gap(dice, gap)) for part in parts for _ in range(each)]


def pauses(parts: Sequence[str], count: int, dice: random.Random) -> list[Fault]:
    """*count* in all, all parts in turn; in every third, two at once."""
    return [
        Fault(Kind.PAUSE, _some(parts, number, 2 if number % 3 == 0 else 1, dice), _gap(dice), PAUSE)
        for number in range(count)
    ]


def storms(routes: Sequence[str], of_mqtt: Sequence[str], count: int, dice: random.Random) -> list[Fault]:
    """*count* in all, all kinds in turn, each on all *routes* in turn; cuts on those *of_mqtt*."""
    return [
        _storm(STORMS[number % len(STORMS)], number // len(STORMS), routes, of_mqtt, dice) for number in range(count)
    ]


def _storm(kind: Kind, round: int, routes: Sequence[str], of_mqtt: Sequence[str], dice: random.Random) -> Fault:
    possible = of_mqtt if kind is Kind.CUT else routes
    where = possible[(round + STORMS.index(kind)) % len(possible)]
    return Fault(kind, (where,), _gap(dice), 0.0 if kind in _AT_ONCE else dice.uniform(1, 3), dice.random())


def downs(count: int, dice: random.Random) -> list[Fault]:
    """The link so often."""
    return [Fault(Kind.DOWN, (LINK,), _gap(dice), dice.uniform(1, 5)) for _ in range(count)]


def jumps(parts: Sequence[str], count: int, dice: random.Random) -> list[Fault]:
    """*count* in all, all kinds in turn; every second one of all clocks at once, as where they are one machine's, the
    others of some parts, all parts in turn."""
    return [
        Fault(
            JUMPS[number % len(JUMPS)],
            (ALL,) if number % 2 == 0 else _some(parts, number // 2, 1 + number // 2 % 3, dice),
            _gap(dice, LONG_GAP),
        )
        for number in range(count)
    ]


def reconnects(route: str, count: int) -> list[Fault]:
    """One a second."""
    return [Fault(Kind.RECONNECT, (route,), 1.0) for _ in range(count)]


def shuffled(faults: Sequence[Fault], dice: random.Random) -> list[Fault]:
    """In an order that the dice decide."""
    return dice.sample(faults, len(faults))


def hurried(faults: Sequence[Fault]) -> list[Fault]:
    """The same with a third of the peace before each."""
    return [fault._replace(gap=fault.gap / 3) for fault in faults]


def _some(parts: Sequence[str], number: int, count: int, dice: random.Random) -> tuple[str, ...]:
    first = parts[number % len(parts)]
    others = [part for part in parts if part != first]
    return (first, *dice.sample(others, count - 1))


def _gap(dice: random.Random, most: float = GAP) -> float:
    return dice.uniform(0.2, most)
