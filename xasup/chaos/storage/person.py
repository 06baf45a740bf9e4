"""Somebody with a device in this process: writes, and has a screen, which is what the engine tells and the file holds.

Refuses to know: faults.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from xasup.chaos.storage.texts import Ledger, OnScreen, Written
from xasup.client import Client, Message, MessageAdded, Notice, StateChanged
from xasup.protocol.connect import ConnectString
from xasup.protocol.states import State
from xasup.wire.store import SqliteStore, open_file

_ALL = 1_000_000
_SAFE = (State.STORED, State.DELIVERED, State.READ)


class Person:
    """Made by present()."""

    def __init__(self, client: Client, store: SqliteStore, ledger: Ledger, news: asyncio.Condition) -> None:
        self.client, self._store, self._ledger, self._news = client, store, ledger, news
        self.told: list[OnScreen] = []
        self.notices: list[str] = []

    @property
    def name(self) -> str:
        return str(self.client.user)

    async def write(self, to: str, text: str, *, allowed: bool = True) -> str:
        """It is in the outbox; returns its id."""
        id = str(await self.client.send(to, text))
        self._ledger.written[id] = Written(self.name, to, text, allowed)
        return id

    async def listen(self) -> None:
        """For ever."""
        async for event in self.client.events():
            match event:
                case MessageAdded(message):
                    self.told.append(_line(message))
                case StateChanged(id=id, state=state) if state in _SAFE and id in self._ledger.written:
                    self._ledger.stored.add(str(id))
                case Notice(text):
                    self.notices.append(text)
            async with self._news:
                self._news.notify_all()

    async def until_stored(self, ids: list[str], seconds: float) -> bool:
        """Whether all of *ids* were told as stored in time."""
        return await self._until(lambda: set(ids) <= self._ledger.stored, seconds)

    async def until_shown(self, ids: set[str], seconds: float) -> bool:
        """Whether all of *ids* are on the screen in time."""
        before = {line.id for line in await self.screen()}
        return await self._until(lambda: ids <= before | {line.id for line in self.told}, seconds)

    async def screen(self) -> list[OnScreen]:
        """All that can be seen: what was told, and what the file holds now."""
        found = dict.fromkeys(self.told)
        for conversation in await self.client.conversations():
            for message in await self.client.messages(conversation.key, limit=_ALL):
                found[_line(message)] = None
        return list(found)

    def limit(self, pages: int) -> None:
        """The file grows to so many pages, at most."""
        self._store.limit(pages)

    async def noticed(self, seconds: float) -> str:
        """The first notice, in time; "" for none."""
        await self._until(lambda: bool(self.notices), seconds)
        return self.notices[0] if self.notices else ""

    async def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(true)
        except TimeoutError:
            return False
        return True


def _line(message: Message) -> OnScreen:
    return OnScreen(message.conversation, str(message.sender), str(message.id), message.text)


@asynccontextmanager
async def present(account: ConnectString, file: Path, ledger: Ledger, news: asyncio.Condition) -> AsyncIterator[Person]:
    """For the time of the block. *news*: of all people. Raises Unavailable where the file cannot be opened."""
    store = await asyncio.to_thread(open_file, file, account.client)
    async with Client(account, file, opener=lambda: store) as client:
        one = Person(client, store, ledger, news)
        listening = asyncio.create_task(one.listen(), name=f"{one.name} listens")
        try:
            yield one
        finally:
            listening.cancel()
            await asyncio.wait({listening})
