"""What is held back: replies that wait for what they reply to, numbers that wait for those before them. Lets them go
when they have waited long enough. A task of the engine.

Refuses to know: why something is held (receive.py), how long it is worth waiting for a number (gaps.py), how history is
asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from xasup.client.gaps import Came, Gap, came, due, noticed
from xasup.client.habits import Habits
from xasup.client.journal import Journal
from xasup.client.receive import Taken, release
from xasup.client.world import World
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId

_RETRY = 1.0  # seconds


class Holds:
    """*shown*: gets what was let go; *missing* is called when history may know more than it told."""

    def __init__(
        self,
        me: ClientId,
        journal: Journal,
        world: World,
        habits: Habits,
        shown: Callable[[Taken], None],
        missing: Callable[[], None],
    ) -> None:
        self._me, self._journal, self._world, self._habits = me, journal, world, habits
        self._shown, self._missing = shown, missing
        self._due: dict[str, float] = {}
        self._gaps: dict[str, Gap] = {}
        self._came: dict[str, Came] = {}
        self._noticed = self._complete = -1.0
        self._wake = asyncio.Event()

    def held(self, taken: Taken) -> None:
        """What is kept back at the moment, where *taken* says so; others are not any more."""
        if not taken.looked:
            return
        now, now_ms = self._world.monotonic(), self._world.now_ms()
        self._due = {id: self._due.get(id, now + self._habits.hold) for id in taken.held}
        self._gaps = taken.gaps
        self._came = {id: self._came.get(id) or came(now, now_ms, at) for id, at in taken.came.items()}
        newest = max((noticed(gap, self._came) for gap in self._gaps.values()), default=-1.0)
        if newest > self._noticed:
            self._noticed = newest
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
            overdue = {id for id, when in self._due.items() if when <= now}
            accepted = {id for id, gap in self._gaps.items() if self._until(gap) <= now}
            if overdue or accepted:
                await self._release(overdue, accepted)

    def _until(self, gap: Gap) -> float:
        return due(gap, self._came, self._complete)

    async def _sleep(self) -> None:
        """Until something is due, or something has changed."""
        dues = [*self._due.values(), *(self._until(gap) for gap in self._gaps.values())]
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
            await self._journal.do(lambda store: release(store, self._me, overdue, accepted, order), self._released)
        except Unavailable:
            await asyncio.sleep(_RETRY)

    def _released(self, taken: Taken) -> None:
        self.held(taken)
        self._shown(taken)
