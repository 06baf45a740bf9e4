"""One term at work: from taking the place of whoever had it until the connection ends.

First the connection, which ends that of another bridge; then the log, which takes nothing more from another one; then
the log's tail, so that what the other one appended is known; then the memberships that the broker may have forgotten;
then the first message. Refuses to know: what comes after.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog

from bridge import decisions, tail
from bridge.habits import Habits
from bridge.metrics import Metrics
from bridge.mirror import Mirror
from bridge.presence import HEARTBEAT, TOPIC, Presence
from bridge.pressure import receive_maximum
from bridge.roll import Roll
from bridge.session import Marker
from bridge.sorter import Sorter
from bridge.teller import Teller
from bridge.ways import FILTERS, Ways
from bridge.window import Window
from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import Fatal, Lapsed, Log, Trimmed
from xasup.wire.mqtt import Address, Subscription, Will
from xasup.wire.mqtt.intake import Intake, intake
from xasup.wire.truth.port import Truth

log = structlog.get_logger()

SESSION = 30 * 24 * 3600  # seconds for which the broker keeps what comes while no bridge is at work
KEEPALIVE = 10  # seconds
AGAIN = 0.2  # seconds before the log is asked again
DOUBT = 2 * HEARTBEAT  # seconds in which a connection that was taken over is noticed


@dataclass(frozen=True, slots=True)
class Place:
    """What a term needs. *voice*: how those are reached who are told; *latency*: of the log, in seconds, about;
    *quiet*: seconds for which its end must not move before it is read, 0 where opening it keeps others from appending;
    *now*: milliseconds since the epoch."""

    address: Address
    voice: Address
    node: str
    instance: str
    open_log: Callable[[], AbstractAsyncContextManager[Log]]
    truth: Truth
    marker: Marker
    metrics: Metrics
    habits: Habits
    latency: float
    quiet: float
    ids: Callable[[int], str]
    now: Callable[[], int]


class Term:
    """*subscribed* is called when nothing is missed from now on."""

    def __init__(self, place: Place, subscribed: Callable[[], None]) -> None:
        self._place, self._subscribed = place, subscribed

    async def serve(self) -> Unavailable:
        """Until the connection ends; why it ended. Raises Unavailable, Refused where it does not come about, Lapsed
        where the log has to be opened anew, Fatal where it has failed for good."""
        place = self._place
        async with intake(
            place.address,
            receive_maximum=receive_maximum(place.latency),
            will=Will(TOPIC, self._presence(online=False), retain=True),
            session_expiry=SESSION,
            keepalive=KEEPALIVE,
            watchful=True,
            clock=place.metrics.clock,
        ) as wire:
            await self._say(wire, online=True)
            try:
                return await self._until_the_end(wire)
            finally:
                with suppress(Unavailable):
                    await self._say(wire, online=False)

    async def _until_the_end(self, wire: Intake) -> Unavailable:
        if not wire.session_present:
            await self._subscribe(wire)
        # All that was under way in the session before comes first, be it ever so much: it is left unread, and with it
        # the answer to a SUBSCRIBE. What was subscribed to still is.
        wire.hold(True)
        self._stands(wire)
        clock = self._place.metrics.clock
        async with intake(
            self._place.voice, receive_maximum=1, keepalive=KEEPALIVE, watchful=True, clock=clock
        ) as voice:
            end = asyncio.ensure_future(_first(wire.ended(), voice.ended()))
            try:
                async with _running(self._beat(wire)), _running(self._work(wire, voice)) as work:
                    await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
                    if not end.done():
                        await self._doubt(wire, end, work)
                    return end.result()
            finally:
                end.cancel()

    async def _doubt(self, wire: Intake, end: asyncio.Future[Unavailable], work: asyncio.Future[None]) -> None:
        """The work has failed: because another bridge has taken over, if the connection ends as well; else for good,
        unless the log has lapsed. Raises what it failed with."""
        if isinstance(work.exception(), Lapsed):
            work.result()
        wire.hold(False)  # the end of a connection is seen by reading
        await asyncio.wait({end}, timeout=DOUBT)
        if not end.done():
            work.result()
            raise Fatal("the bridge's work has ended by itself")

    async def _subscribe(self, wire: Intake) -> None:
        for refusal in await wire.subscribe([Subscription(filter) for filter in FILTERS]):
            if refusal is not None:
                raise refusal

    async def _subscribe_again(self, wire: Intake) -> None:
        """In a session that stood: to what is new in this version, and for what is retained. Raises Refused, and
        Unavailable when the connection is lost."""
        while True:
            try:
                return await self._subscribe(wire)
            except Unavailable:
                if not wire.alive:
                    raise
                # The answer waits behind what is not read.

    def _stands(self, wire: Intake) -> None:
        if not self._place.marker.subscribed(wire.session_present):
            self._place.metrics.sessions_lost.inc()
        self._subscribed()

    async def _work(self, wire: Intake, voice: Intake) -> None:
        """For ever. Raises Fatal."""
        place = self._place
        roll = Roll(place.truth, voice, lambda: place.ids(place.now()), place.metrics.waits)
        await roll.look()
        async with place.open_log() as target:
            place.metrics.opening(lambda: target.state)
            window = await self._recognise(target)
            teller = Teller(voice, place.metrics.clock, place.metrics.said)
            sorter = Sorter(Ways(place.node), window, place.ids)
            mirror = Mirror(wire, target, sorter, teller, place.metrics, place.habits, place.now, roll.passed)
            place.metrics.at_work(mirror)
            log.info("at work", recognised=len(window), session_present=wire.session_present)
            try:
                wire.begin(await roll.begin(mirror.take, empty=not wire.session_present))
                wire.hold(mirror.held)
                again = self._subscribe_again(wire) if wire.session_present else _nothing()
                async with (
                    _running(self._follow(target)) as following,
                    _running(roll.keep()) as keeping,
                    _running(again) as subscribing,
                ):
                    parts = (following, keeping, subscribing, mirror.failed)
                    await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
                    for ended in parts:
                        if ended.done():
                            ended.result()
            finally:
                mirror.stop()

    async def _recognise(self, target: Log) -> Window:
        """The window, as the log has it, once nobody else appends. Waits for the log. Raises Fatal."""
        await target.append([])  # by then it has heard of us
        while True:
            try:
                end = await tail.end(target, self._place.quiet)
                return await tail.rebuild(target, self._place.habits.window, end)
            except (Unavailable, Trimmed) as error:
                log.warning("the log cannot be read", reason=str(error))
                await asyncio.sleep(AGAIN)

    async def _follow(self, target: Log) -> None:
        place = self._place
        await decisions.follow(place.truth, target, place.node, place.now, place.metrics.decisions.inc)

    async def _beat(self, wire: Intake) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._say(wire, online=True)

    async def _say(self, wire: Intake, *, online: bool) -> None:
        # QoS 0: it must go out while acknowledgements are not read.
        await wire.publish(TOPIC, self._presence(online=online), qos=0, retain=True)

    def _presence(self, *, online: bool) -> bytes:
        place = self._place
        return Presence(online, place.node, place.now(), place.instance).encode()


async def _first(*ends: Coroutine[Any, Any, Unavailable]) -> Unavailable:
    """The end that comes first."""
    tasks = [asyncio.ensure_future(end) for end in ends]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()


async def _nothing() -> None:
    pass


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """A task for the time of the block; how it ends is the caller's business."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # taken note of
