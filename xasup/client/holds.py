"""Replies that wait for what they reply to: lets them go when they have waited long enough. A task of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from xasup.client.journal import Journal
from xasup.client.receive import Taken, release
from xasup.client.world import World
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId

_RETRY = 1.0  # seconds


class Holds:
    """*hold*: seconds; *shown*: gets what was let go."""

    def __init__(self, me: UserId, journal: Journal, world: World, hold: float, shown: Callable[[Taken], None]) -> None:
        self._me, self._journal, self._world, self._hold, self._shown = me, journal, world, hold, shown
        self._due: dict[str, float] = {}
        self._wake = asyncio.Event()

    def held(self, ids: Iterable[str]) -> None:
        """These are kept back at the moment; others are not any more."""
        due = self._world.monotonic() + self._hold
        self._due = {id: self._due.get(id, due) for id in ids}
        if self._due:
            self._wake.set()

    async def recall(self) -> None:
        """What an earlier process of this device held has waited long enough."""
        await self._release(None)

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._due:
                await asyncio.sleep(max(0.0, min(self._due.values()) - self._world.monotonic()))
                now = self._world.monotonic()
                overdue = {id for id, due in self._due.items() if due <= now}
                if overdue:
                    await self._release(overdue)

    async def _release(self, overdue: set[str] | None) -> None:
        try:
            taken = await self._journal.do(lambda store: release(store, self._me, overdue))
        except Unavailable:
            await asyncio.sleep(_RETRY)
            return
        self.held(taken.held)
        self._shown(taken)
