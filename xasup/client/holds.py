"""What is held back: replies that wait for what they reply to, numbers that wait for those before them. Lets them go
when they have waited long enough. A task of the engine.

A number may be missing for ever (refused, discarded): it is given up when history has told everything and does not have
it, or does not answer. Refuses to know: why something is held (receive.py), how history is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import NamedTuple

from xasup.client.habits import Habits
from xasup.client.journal import Journal
from xasup.client.receive import Taken, release
from xasup.client.world import World
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId

LATE = 2.0  # seconds for which a number may be late though history lacks it: one refused as too fast comes again
STRANGE = 5.0  # seconds without history after which the first number of a lane need not be 1
GIVEN_UP = 30.0  # seconds without history after which any number is given up
_RETRY = 1.0  # seconds


class _Gap(NamedTuple):
    """*since*: when it was noticed, *known*: something of its lane was shown before."""

    since: float
    known: bool

    def due(self, complete: float) -> float:
        """When it is given up; *complete*: when history was asked for what it then told to the end."""
        if complete > self.since:
            return self.since + (LATE if self.known else 0.0)
        return self.since + (GIVEN_UP if self.known else STRANGE)


class Holds:
    """*shown*: gets what was let go; *missing* is called when a gap was noticed."""

    def __init__(
        self,
        me: UserId,
        journal: Journal,
        world: World,
        habits: Habits,
        shown: Callable[[Taken], None],
        missing: Callable[[], None],
    ) -> None:
        self._me, self._journal, self._world, self._habits = me, journal, world, habits
        self._shown, self._missing = shown, missing
        self._due: dict[str, float] = {}
        self._gaps: dict[str, _Gap] = {}
        self._complete = -1.0
        self._wake = asyncio.Event()

    def held(self, taken: Taken) -> None:
        """What is kept back at the moment, where *taken* says so; others are not any more."""
        if not taken.looked:
            return
        now = self._world.monotonic()
        self._due = {id: self._due.get(id, now + self._habits.hold) for id in taken.held}
        fresh = taken.gaps.keys() - self._gaps.keys()
        self._gaps = {id: self._gaps.get(id) or _Gap(now, known) for id, known in taken.gaps.items()}
        if fresh:
            self._missing()
        if self._due or self._gaps:
            self._wake.set()

    def complete(self, asked: float) -> None:
        """History has told everything that was stored before it was asked, at *asked*."""
        self._complete = asked
        if self._gaps:
            self._wake.set()

    async def recall(self) -> None:
        """Replies that an earlier process of this device held have waited long enough."""
        await self._release(None, ())

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._sleep()
            now = self._world.monotonic()
            overdue = {id for id, due in self._due.items() if due <= now}
            accepted = {id for id, gap in self._gaps.items() if gap.due(self._complete) <= now}
            if overdue or accepted:
                await self._release(overdue, accepted)

    async def _sleep(self) -> None:
        """Until something is due, or something has changed."""
        dues = [*self._due.values(), *(gap.due(self._complete) for gap in self._gaps.values())]
        wait = max(0.0, min(dues) - self._world.monotonic()) if dues else None
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _release(self, overdue: Collection[str] | None, accepted: Collection[str]) -> None:
        order = self._habits.order
        try:
            taken = await self._journal.do(lambda store: release(store, self._me, overdue, accepted, order))
        except Unavailable:
            await asyncio.sleep(_RETRY)
            return
        self.held(taken)
        self._shown(taken)
