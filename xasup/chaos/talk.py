"""The acts in which people talk while a schedule of faults is played: a backend of its own, people, faults, rest, and
the check.

Refuses to know: who asked for it, how it is reported.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from xasup.chaos import evidence, plan
from xasup.chaos.act import Mark, Order, Outcome, Say
from xasup.chaos.breaking import DOWN, carry_out
from xasup.chaos.cast import STRANGER, Cast, engage
from xasup.chaos.clock import YEAR, Clock
from xasup.chaos.faults import Targets
from xasup.chaos.link import Link, link
from xasup.chaos.outcome import outcome
from xasup.chaos.plan import Fault
from xasup.chaos.routes import BRIDGE, CLIENTS, routes
from xasup.chaos.troupe import Phase, Role, Troupe, announce
from xasup.chaos.verdict import World, judge
from xasup.chaos.witness import WRONG, witness
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Unavailable
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child, Recipe
from xasup.stack import Detours, apart, stack

REST = 150.0  # seconds within which everything must come to rest
SENDERS, RECEIVERS, STRANGERS = "senders", "receivers", "strangers"


class Ground(NamedTuple):
    """What a schedule can break."""

    parts: Sequence[str]
    routes: Sequence[str]
    link: bool


Schedule = Callable[[Ground, random.Random], Sequence[Fault]]
Beside = Callable[[Mapping[str, Child], Settings], AbstractAsyncContextManager[object]]
"""Goes on beside the talk, from before the first fault until everything has come to rest."""


@asynccontextmanager
async def _nothing(children: Mapping[str, Child], settings: Settings) -> AsyncIterator[None]:
    yield


@dataclass(frozen=True, slots=True)
class Extras:
    """*clocks*: by part and process of people, where they do not live by the machine's; *watched*: a witness looks at
    what clocks may not end; *skipped*: sentences about what is not done; *beside*: what is to go on meanwhile;
    *log_memory*: bytes that the log may take in Redis, 0: as usual."""

    clocks: Mapping[str, Clock] = field(default_factory=dict)
    watched: bool = False
    skipped: Sequence[str] = ()
    beside: Beside = _nothing
    log_memory: int = 0

    def environment(self, name: str) -> Mapping[str, str]:
        """Of a process."""
        return self.clocks[name].environment() if name in self.clocks else {}


_NONE = Extras()


async def crash(order: Order, folder: Path, say: Say) -> Outcome:
    """T1."""
    return await play("T1", order, folder, say, lambda ground, dice: _kills(order, ground, dice))


async def pause(order: Order, folder: Path, say: Say) -> Outcome:
    """T2."""
    return await play("T2", order, folder, say, lambda ground, dice: _pauses(order, ground, dice))


async def network(order: Order, folder: Path, say: Say) -> Outcome:
    """T3."""
    return await play("T3", order, folder, say, lambda ground, dice: _storms(order, ground, dice))


async def mix(order: Order, folder: Path, say: Say) -> Outcome:
    """All of it in one."""
    return await play("mix", order, folder, say, lambda ground, dice: everything(order, ground, dice))


def everything(order: Order, ground: Ground, dice: random.Random) -> Sequence[Fault]:
    """The faults of all three; in the short form in a hurry."""
    faults = [it for kind in (_kills, _pauses, _storms) for it in kind(order, ground, dice)]
    return plan.hurried(faults) if order.short else faults


def _kills(order: Order, ground: Ground, dice: random.Random) -> Sequence[Fault]:
    each, gap = number(order.kills, order, long=20, short=3), plan.GAP if order.short else plan.LONG_GAP
    return plan.kills(ground.parts, each, dice, gap)


def _pauses(order: Order, ground: Ground, dice: random.Random) -> Sequence[Fault]:
    return plan.pauses(ground.parts, number(order.pauses, order, long=30, short=3), dice)


def _storms(order: Order, ground: Ground, dice: random.Random) -> Sequence[Fault]:
    count = number(order.storms, order, long=60, short=7)
    downs = plan.downs(-(-count // 7) if order.short else -(-count // 6), dice) if ground.link else []
    return [*plan.storms(ground.routes, (CLIENTS, BRIDGE), count, dice), *downs]


def number(given: int | None, order: Order, *, long: int, short: int) -> int:
    """What was asked for, else what the form has."""
    return given if given is not None else short if order.short else long


def planned(order: Order, ground: Ground, schedule: Schedule) -> Sequence[Fault]:
    """By dice of its own: those of the weather are thrown for each packet, at any time."""
    dice = random.Random(order.seed)  # noqa: S311 - a schedule, not a secret
    return plan.shuffled(schedule(ground, dice), dice)


async def play(act: str, order: Order, folder: Path, say: Say, schedule: Schedule, extras: Extras = _NONE) -> Outcome:
    """On free ports and data in *folder*; the seed decides what the schedule leaves open, and its order."""
    settings, dice = apart(folder, order.log), random.Random(order.seed)  # noqa: S311 - weather, not a secret
    settings = settings.model_copy(update={"log_memory": extras.log_memory or settings.log_memory})
    async with AsyncExitStack() as stage:
        joined, skipped = await _link(stage)
        ways = await stage.enter_async_context(routes(settings, folder, dice, (joined.host,) if joined else ()))
        detours = _detours(ways.detours, extras)
        parts = await stage.enter_async_context(stack(settings, say, order.modules, detours))
        cast = await engage(settings.model_copy(update={"mqtt_port": ways.port}), order.users)
        troupes = _troupes(cast, folder, order.rate, joined)
        announce(folder, Phase.TALK)
        actors = await stage.enter_async_context(_playing(troupes, settings, order.actor, joined, extras))
        watch = await stage.enter_async_context(witness(settings)) if extras.watched else None
        targets = Targets({**parts, **actors}, ways.proxies, joined, extras.clocks)
        await stage.enter_async_context(extras.beside(targets.children, settings))
        ground = Ground(sorted(targets.children.keys() - {STRANGERS}), list(ways.proxies), joined is not None)

        async def look(mark: Mark) -> None:
            if watch is not None:
                await watch.look(mark.what)

        begun = time.monotonic()
        broken = await carry_out(targets, planned(order, ground, schedule), folder, say, look)
        announce(folder, Phase.DRAIN)
        say("waiting until everything has come to rest")
        roles = [role for troupe in troupes.values() for role in troupe.roles]
        skipped += [*broken.skipped, *await _rest(cast.world, roles)]
        if watch is not None and not order.short:
            for clock in extras.clocks.values():
                clock.set(-YEAR)
            await watch.look_last()
    say("counting")
    found = await asyncio.to_thread(lambda: judge(cast.world, evidence.gather(roles)))
    told = list(evidence.stamps(roles))
    came = outcome(act, order, broken.marks, found, told, begun, [*skipped, *extras.skipped])
    came = replace(came, wrong={**came.wrong, DOWN: broken.down})
    if watch is None:
        return came
    return replace(came, counts={**came.counts, "link codes": watch.claimed}, wrong={**came.wrong, WRONG: watch.wrong})


def _detours(ways: Detours, extras: Extras) -> Detours:
    """With the clocks."""
    names = {*ways.environment, *extras.clocks}
    return replace(ways, environment={it: {**ways.environment.get(it, {}), **extras.environment(it)} for it in names})


async def _link(stage: AsyncExitStack) -> tuple[Link | None, list[str]]:
    """The receivers' network; or a sentence why they have none of their own."""
    try:
        return await stage.enter_async_context(link()), []
    except Unavailable as error:
        return None, [f"no link was taken down: {error}"]


def _troupes(cast: Cast, folder: Path, rate: float, joined: Link | None) -> dict[str, Troupe]:
    every = (len(cast.senders) + len(cast.receivers)) / rate
    groups = {SENDERS: cast.senders, RECEIVERS: cast.receivers, STRANGERS: [STRANGER]}
    troupes = {}
    for name, users in groups.items():
        host = joined.host if joined and name == RECEIVERS else ""
        roles = [Role(_at(cast.connects[user], host), cast.targets(user), every, folder) for user in users]
        troupes[name] = Troupe(folder / f"{name}.json", roles)
        troupes[name].write()
    return troupes


def _at(connect: ConnectString, host: str) -> ConnectString:
    return replace(connect, host=host) if host else connect


@asynccontextmanager
async def _playing(
    troupes: Mapping[str, Troupe], settings: Settings, actor: str, joined: Link | None, extras: Extras
) -> AsyncIterator[dict[str, Child]]:
    async with AsyncExitStack() as all_of_them:
        children = {}
        for name, troupe in troupes.items():
            prefix = joined.prefix if joined and name == RECEIVERS else ()
            argv = [*prefix, sys.executable, "-m", actor, str(troupe.file)]
            recipe = Recipe(name, argv, settings.logs / f"{name}.log", environment=extras.environment(name))
            children[name] = await all_of_them.enter_async_context(Child(recipe))
        yield children


async def _rest(world: World, roles: Sequence[Role]) -> list[str]:
    """Until all devices have said for a second that nothing of theirs is under way (the stranger's always is), and
    everybody has what they are to have; where they never have, that is said."""
    waiting = [role for role in roles if role.every and role.connect.client.user != STRANGER]
    until, calm = time.monotonic() + REST, 0
    while time.monotonic() < until:
        calm = calm + 1 if all(role.rest.exists() for role in waiting) else 0
        if calm >= 5 and await asyncio.to_thread(lambda: judge(world, evidence.gather(roles)).complete):
            return []
        await asyncio.sleep(0.2)
    restless = [role.connect.client.user for role in waiting if not role.rest.exists()]
    return [f"waiting for rest: {REST:g} s were over; under way at {', '.join(restless) or 'nobody'}"]
