"""A run: a backend of its own, people who talk, faults from a schedule, rest, and the check.

Refuses to know: who asked for it, how it is reported.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from xasup.chaos import evidence
from xasup.chaos.cast import STRANGER, Cast, engage
from xasup.chaos.plan import Fault, Kind, schedule
from xasup.chaos.troupe import Phase, Role, Troupe, announce
from xasup.chaos.verdict import Verdict, judge
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.stack import stack

PAUSE = 3.0  # seconds for which a paused process stands still
RECOVERY = 60.0  # seconds within which a killed process must serve again
REST = 90.0  # seconds within which everything must come to rest
SENDERS, RECEIVERS, STRANGERS = "senders", "receivers", "strangers"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to be. *rate*: messages a second, of all together; *kills*, *pauses*: of each part; *modules*:
    others than ours for some parts, and *actor* for the people: for tests that want the check to fail."""

    users: int = 20
    rate: float = 300.0
    kills: int = 3
    pauses: int = 1
    seed: int = 1
    modules: Mapping[str, str] = field(default_factory=dict)
    actor: str = "xasup.chaos.actor"


@dataclass(frozen=True, slots=True)
class Outcome:
    """*recoveries*: seconds from each kill until the part served again."""

    order: Order
    faults: Sequence[Fault]
    recoveries: Sequence[float]
    verdict: Verdict


async def run(settings: Settings, folder: Path, order: Order, say: Say) -> Outcome:
    """On free ports and data that *settings* name. Raises Unavailable where a part does not come back."""
    async with stack(settings, say, order.modules) as parts:
        cast = await engage(settings, order.users)
        troupes = _troupes(cast, folder, order.rate)
        announce(folder, Phase.TALK)
        async with _playing(troupes, settings, order.actor) as actors:
            everybody = {**parts, **{name: child for name, child in actors.items() if name != STRANGERS}}
            faults = schedule(sorted(everybody), order.kills, order.pauses, order.seed)
            recoveries = [took async for took in _inject(everybody, faults, say)]
            announce(folder, Phase.DRAIN)
            say("waiting until everything has come to rest")
            roles = [role for troupe in troupes.values() for role in troupe.roles]
            await _rest(roles)
    return Outcome(order, faults, recoveries, judge(cast.world, evidence.gather(roles)))


def _troupes(cast: Cast, folder: Path, rate: float) -> dict[str, Troupe]:
    people = [*cast.senders, *cast.receivers]
    groups = {SENDERS: cast.senders, RECEIVERS: cast.receivers, STRANGERS: [STRANGER]}
    troupes = {
        name: Troupe(folder / f"{name}.json", [_role(cast, user, len(people) / rate, folder) for user in users])
        for name, users in groups.items()
    }
    for troupe in troupes.values():
        troupe.write()
    return troupes


def _role(cast: Cast, user: UserId, every: float, folder: Path) -> Role:
    return Role(cast.connects[user], cast.targets(user), every, folder)


@asynccontextmanager
async def _playing(troupes: Mapping[str, Troupe], settings: Settings, actor: str) -> AsyncIterator[dict[str, Child]]:
    async with AsyncExitStack() as all_of_them:
        children = {}
        for name, troupe in troupes.items():
            recipe = Recipe(name, [sys.executable, "-m", actor, str(troupe.file)], settings.logs / f"{name}.log")
            children[name] = await all_of_them.enter_async_context(Child(recipe))
        yield children


async def _inject(parts: Mapping[str, Child], faults: Iterable[Fault], say: Say) -> AsyncIterator[float]:
    """One fault after the other; the seconds that each kill took to heal."""
    for fault in faults:
        await asyncio.sleep(fault.gap)
        if fault.kind is Kind.PAUSE:
            say(f"pause {fault.part}")
            await _pause(parts[fault.part])
        else:
            took = await _kill(parts[fault.part])
            say(f"kill {fault.part}: serves again after {took:.2f} s")
            yield took


async def _kill(child: Child) -> float:
    begun = time.monotonic()
    child.serving.clear()  # it sees the end of its process only later
    _signal(child, signal.SIGKILL)
    try:
        async with asyncio.timeout(RECOVERY):
            await child.serving.wait()
    except TimeoutError:
        raise Unavailable(f"{child.recipe.name} does not serve {RECOVERY:g} s after it was killed") from None
    return time.monotonic() - begun


async def _pause(child: Child) -> None:
    _signal(child, signal.SIGSTOP)
    try:
        await asyncio.sleep(PAUSE)
    finally:
        _signal(child, signal.SIGCONT)


def _signal(child: Child, number: signal.Signals) -> None:
    if child.pid is not None:
        os.kill(child.pid, number)


async def _rest(roles: Sequence[Role]) -> None:
    """Until all devices have said for a second that nothing is under way; the stranger's never is."""
    waiting = [role for role in roles if role.every and role.connect.client.user != STRANGER]
    until, calm = time.monotonic() + REST, 0
    while calm < 5 and time.monotonic() < until:
        calm = calm + 1 if all(role.rest.exists() for role in waiting) else 0
        await asyncio.sleep(0.2)
