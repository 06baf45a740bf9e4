"""The mailboxes for an event loop: one thread fills them, another one looks, and nobody else touches them.

Refuses to know: what is kept, and who wants to see it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from xasup.protocol.ids import UserId
from xasup.wire.log.port import Cursor
from xasup.wire.mailboxes import Batch, Kept, Mailboxes, Page, Standing, Wanted


class Shelf:
    """Made by shelved(). What is asked is done in the order in which it is asked. Methods raise Unavailable."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self.generation = mailboxes.generation
        self._mailboxes = mailboxes
        self._filling = ThreadPoolExecutor(1, "mailboxes, filling")
        self._looking = ThreadPoolExecutor(1, "mailboxes, looking")

    async def cursor(self) -> Cursor:
        """See Mailboxes."""
        return await asyncio.get_running_loop().run_in_executor(self._filling, self._mailboxes.cursor)

    async def keep(self, batch: Batch) -> Kept:
        """See Mailboxes. Whoever gives up waiting has it kept all the same."""
        return await asyncio.get_running_loop().run_in_executor(self._filling, self._mailboxes.keep, batch)

    async def page(self, wanted: Wanted) -> Page:
        """See Lookup."""
        return await asyncio.get_running_loop().run_in_executor(self._looking, self._mailboxes.page, wanted)

    async def standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        """See Lookup."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._looking, self._mailboxes.standing, user, sender, id)

    def close(self) -> None:
        """Once what was handed in is done."""
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
