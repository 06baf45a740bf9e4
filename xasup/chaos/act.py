"""What an act of `xasup chaos` is: a name, a sentence, a way to play it, and what came out. Refuses to know any act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from xasup.stack import LogKind

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to be. *short*: the form that tests play; *rate*: messages a second, of all together; *kills*: of
    each part, *pauses*, *storms*, *rounds* (revocations, jumps of clocks, cases of disks): in all, None: as many as the
    form has; *soak*: minutes, 0: as the form has; *modules*: others than ours for some parts, and *actor* for the
    people: for tests that want the check to fail."""

    log: LogKind = "redis"
    seed: int = 1
    short: bool = False
    users: int = 20
    rate: float = 300.0
    kills: int | None = None
    pauses: int | None = None
    storms: int | None = None
    rounds: int | None = None
    soak: float = 0.0
    modules: Mapping[str, str] = field(default_factory=dict)
    actor: str = "xasup.chaos.actor"


class Mark(NamedTuple):
    """Something on the time line. *begun*, *ended*: seconds since the act began; *recovered*: seconds from its end (of
    a kill: from the kill) until all was well again, None where nobody measured."""

    what: str
    begun: float
    ended: float
    recovered: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """*counts*: figures by what they count; *wrong*: by kind, the offending ids or sentences; *rates*: by what
    happened, how often in each second; *skipped*: sentences about what could not be done here."""

    act: str
    order: Order
    counts: Mapping[str, float]
    wrong: Mapping[str, Sequence[str]]
    marks: Sequence[Mark] = ()
    rates: Mapping[str, Sequence[int]] = field(default_factory=dict)
    skipped: Sequence[str] = ()

    @property
    def good(self) -> bool:
        return not any(self.wrong.values())

    @property
    def replay(self) -> str:
        """The one command that plays it again."""
        order = self.order
        options = {"kills": order.kills, "pauses": order.pauses, "storms": order.storms, "rounds": order.rounds}
        given = "".join(f" --{name} {value}" for name, value in options.items() if value is not None)
        given += f" --soak {order.soak:g}" if order.soak else ""
        form = " --short" if order.short else ""
        people = f"--users {order.users} --rate {order.rate:g}"
        return f"xasup chaos --log {order.log} --act {self.act} --seed {order.seed} {people}{given}{form}"


Play = Callable[[Order, Path, Say], Awaitable[Outcome]]
"""Plays an act in a folder of its own, which is empty; starts what it needs and stops it. Raises Unavailable where a
part does not come back."""


@dataclass(frozen=True, slots=True)
class Act:
    """*title*: what it does, for people; *usual*: part of a run whose acts nobody named."""

    name: str
    title: str
    play: Play
    usual: bool = True
