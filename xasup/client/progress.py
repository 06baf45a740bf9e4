"""How far my messages came: gathers the news, writes them in batches, tells what changed. A task of the engine.

News that could not be written (disk full) are kept and written later; their number is bounded by what is on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from xasup.client.journal import Journal
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId
from xasup.protocol.states import State
from xasup.wire.store import DeviceStore, Line, News

RETRY = 1.0  # seconds
LINGER = 0.05  # seconds for which *sent* waits for *delivered*, so that most messages are written once and not twice
Told = tuple[UserId, tuple[str, ...]]


class Progress:
    """*changed*: gets the lines that are different now; *trouble*: is told when the file cannot be written, and (None)
    when it can again."""

    def __init__(
        self,
        me: UserId,
        journal: Journal,
        changed: Callable[[list[Line]], None],
        trouble: Callable[[Unavailable | None], None],
    ) -> None:
        self._me, self._journal, self._changed, self._trouble = me, journal, changed, trouble
        self._news: list[News] = []
        self._sent: dict[str, None] = {}
        self._told: list[Told] = []
        self._wake, self._urgent = asyncio.Event(), asyncio.Event()

    def sent(self, id: str) -> None:
        """The broker has it."""
        self._sent[id] = None
        self._wake.set()

    def settled(self, id: str) -> None:
        """More than *sent* is known already."""
        self._sent.pop(id, None)

    def tell(self, news: Iterable[News]) -> None:
        """Something else was heard about my messages."""
        self._news += news
        self._wake.set()
        self._urgent.set()

    def told(self, sender: UserId, ids: tuple[str, ...]) -> None:
        """*sender* knows that I have read these."""
        self._told.append((sender, ids))
        self._wake.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._wake.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await self._urgent.wait()
            self._wake.clear()
            self._urgent.clear()
            await self.write()

    async def write(self) -> None:
        """Write what has gathered."""
        while self._news or self._told or self._sent:
            news, told = self._take()
            try:
                await self._journal.do(partial(self._job, news=news, told=told), self._changed)
            except Unavailable as error:
                self._news, self._told = news + self._news, told + self._told
                self._trouble(error)
                await asyncio.sleep(RETRY)
            else:
                self._trouble(None)

    async def last(self) -> None:
        """One last time, before the file is closed; what cannot be written is found out again next time."""
        news, told = self._take()
        if news or told:
            with suppress(Unavailable):
                await self._journal.do(partial(self._job, news=news, told=told))

    def _take(self) -> tuple[list[News], list[Told]]:
        news = [News(id, State.SENT) for id in self._sent] + self._news
        told, self._told = self._told, []
        self._news = []
        self._sent.clear()
        return news, told

    def _job(self, store: DeviceStore, *, news: list[News], told: list[Told]) -> list[Line]:
        for sender, ids in told:
            store.inbox.told(sender, ids)
        return store.outbox.advance(self._me, news) if news else []
