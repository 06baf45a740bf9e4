"""Faults carried out: processes killed and stopped, the weather on a route, a link taken down, clocks set.

Refuses to know: why these, and what comes of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xasup.chaos.act import Mark, Say
from xasup.chaos.clock import YEAR, Clock
from xasup.chaos.link import Link
from xasup.chaos.plan import ALL, Fault, Kind
from xasup.chaos.proxy import FAIR, Proxy, Weather
from xasup.protocol.errors import Unavailable
from xasup.runtime.supervise import Child

_OFF = {Kind.AHEAD: YEAR, Kind.BEHIND: -YEAR, Kind.RIGHT: 0}  # seconds
RECOVERY = 180.0  # seconds after which a killed process that does not serve again never will


@dataclass(frozen=True, slots=True)
class Targets:
    """What there is to break, by name."""

    children: Mapping[str, Child]
    proxies: Mapping[str, Proxy]
    link: Link | None = None
    clocks: Mapping[str, Clock] = field(default_factory=dict)


async def inject(targets: Targets, faults: Iterable[Fault], say: Say) -> AsyncGenerator[Mark, None]:
    """One after the other; the next comes when what was killed serves again. Raises Unavailable where it does not."""
    clock = asyncio.get_running_loop().time
    start = clock()
    for fault in faults:
        await asyncio.sleep(fault.gap)
        begun = clock() - start
        took = await _do(fault, targets)
        say(str(fault) if took is None else f"{fault}: serves again after {took:.2f} s")
        yield Mark(str(fault), begun, clock() - start, took)


async def _do(fault: Fault, targets: Targets) -> float | None:
    """The seconds until what was killed served again."""
    match fault.kind:
        case Kind.KILL:
            return await kill(targets.children[fault.where[0]])
        case Kind.PAUSE:
            await pause([targets.children[name] for name in fault.where], fault.lasts)
        case Kind.DOWN:
            assert targets.link is not None  # noqa: S101 - such a fault is planned only where there is one
            async with targets.link.down():
                await asyncio.sleep(fault.lasts)
        case Kind.AHEAD | Kind.BEHIND | Kind.RIGHT:
            for name in targets.clocks if fault.where == (ALL,) else fault.where:
                targets.clocks[name].set(_OFF[fault.kind])
        case _:
            await _storm(fault, targets.proxies[fault.where[0]])
    return None


async def _storm(fault: Fault, proxy: Proxy) -> None:
    match fault.kind:
        case Kind.RESET:
            proxy.reset()
        case Kind.HALF_OPEN:
            proxy.orphan()
        case Kind.RECONNECT:
            proxy.reset_one()
        case _:
            proxy.weather = weather(fault)
            try:
                await asyncio.sleep(fault.lasts)
            finally:
                proxy.weather = FAIR


def weather(fault: Fault) -> Weather:
    """As strong as the fault says."""
    strength = fault.strength
    match fault.kind:
        case Kind.LATENCY:
            return Weather(latency=0.05 + strength)
        case Kind.JITTER:
            return Weather(jitter=0.05 + strength)
        case Kind.SLICES:
            return Weather(sliced=True)
        case Kind.BANDWIDTH:
            return Weather(bandwidth=int(2_000 + 30_000 * (1 - strength)))
        case Kind.CUT:
            return Weather(cut=True)
        case _:
            return FAIR


async def kill(child: Child) -> float:
    """With -9. Returns the seconds until it served again; raises Unavailable where it does not."""
    begun = time.monotonic()
    child.serving.clear()  # it sees the end of its process only later
    _signal(child, signal.SIGKILL)
    try:
        async with asyncio.timeout(RECOVERY):
            await child.serving.wait()
    except TimeoutError:
        raise Unavailable(f"{child.recipe.name} does not serve {RECOVERY:g} s after it was killed") from None
    return time.monotonic() - begun


async def pause(children: Sequence[Child], seconds: float) -> None:
    """They stand still, all at once."""
    for child in children:
        _signal(child, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        for child in children:
            _signal(child, signal.SIGCONT)


def _signal(child: Child, number: signal.Signals) -> None:
    if child.pid is not None:
        os.kill(child.pid, number)
