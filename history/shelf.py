"""The mailboxes for an event loop: one thread fills them, another one looks, a third looks once whether all is whole.

Refuses to know: what is kept, and who wants to see it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from xasup.protocol.errors import Damaged
from xasup.protocol.ids import UserId
from xasup.wire.log.port import Cursor
from xasup.wire.mailboxes import Batch, Kept, Mailboxes, Page, Standing, Wanted

T = TypeVar("T")


class Shelf:
    """Made by shelved(). What is asked is done in the order in which it is asked. Methods raise Unavailable, and
    Damaged where it does not heal by waiting."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self.generation = mailboxes.generation
        self._mailboxes = mailboxes
        self._filling = ThreadPoolExecutor(1, "mailboxes, filling")
        self._looking = ThreadPoolExecutor(1, "mailboxes, looking")
        self._checking = ThreadPoolExecutor(1, "mailboxes, checking")
        self._closing = threading.Event()
        self._damage: Damaged | None = None
        self._damaged = asyncio.Event()

    async def watch(self) -> None:
        """Look at all of them once, and wait. Raises Damaged as soon as anybody has found them so."""
        loop = asyncio.get_running_loop()
        look = loop.run_in_executor(self._checking, self._mailboxes.check, self._closing.is_set)
        look.add_done_callback(self._looked)
        await self._damaged.wait()
        if self._damage is not None:
            raise self._damage

    def _looked(self, look: asyncio.Future[None]) -> None:
        if not look.cancelled() and isinstance(error := look.exception(), Damaged):
            self._note(error)

    def _note(self, error: Damaged) -> None:
        self._damage = error
        self._damaged.set()

    async def _done(self, thread: ThreadPoolExecutor, work: Callable[..., T], *values: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work, *values)
        except Damaged as error:
            self._note(error)
            raise

    async def cursor(self) -> Cursor:
        """See Mailboxes."""
        return await self._done(self._filling, self._mailboxes.cursor)

    async def keep(self, batch: Batch) -> Kept:
        """See Mailboxes. Whoever gives up waiting has it kept all the same."""
        return await self._done(self._filling, self._mailboxes.keep, batch)

    async def page(self, wanted: Wanted) -> Page:
        """See Lookup."""
        return await self._done(self._looking, self._mailboxes.page, wanted)

    async def standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        """See Lookup."""
        return await self._done(self._looking, self._mailboxes.standing, user, sender, id)

    def close(self) -> None:
        """Once what was handed in is done."""
        self._closing.set()
        self._checking.shutdown()
        self._filling.shutdown()
        self._looking.shutdown()


@asynccontextmanager
async def shelved(mailboxes: Mailboxes) -> AsyncIterator[Shelf]:
    """For the time of the block; then they are closed."""
    shelf = Shelf(mailboxes)
    try:
        yield shelf
    finally:
        shelf.close()
        mailboxes.close()
