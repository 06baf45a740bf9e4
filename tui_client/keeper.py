"""Keeps the view: lets the engine's events in, reads lists and lines, tells when something changed. Knows no widget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tui_client.engine import Engine
from tui_client.news import lists_changed, reduce
from tui_client.view import Remark, View
from xasup.client.events import Missed
from xasup.client.values import Message
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State

PAGE = 100  # messages read at once
PAUSE = 0.1  # seconds between two readings of the conversations


class Keeper:
    """The one owner of the view."""

    def __init__(self, engine: Engine, clock: Callable[[], float], changed: Callable[[], None]) -> None:
        """*clock*: seconds, steady; *changed*: called after every change of the view."""
        self.engine, self._clock, self._changed = engine, clock, changed
        self.view = View(engine.user, engine.connection)
        self._stale = asyncio.Event()
        self._reported: set[MessageId] = set()

    async def listen(self) -> None:
        """Let every event in, until the engine is left."""
        events = self.engine.events()  # from now on; what the lists say is not older
        await self.read_lists()
        self._set(replace(self.view, connection=self.engine.connection))
        async for event in events:
            self._set(reduce(self.view, event, self._clock()))
            if lists_changed(event):
                self._stale.set()
            if isinstance(event, Missed):
                await self._start_afresh()

    async def keep_lists(self) -> None:
        """Read the conversations again when an event has touched them, at most every PAUSE."""
        while True:
            await self._stale.wait()
            self._stale.clear()
            found = {conversation.key: conversation for conversation in await self.engine.conversations()}
            self._set(replace(self.view, conversations=found))
            await asyncio.sleep(PAUSE)

    async def read_lists(self) -> None:
        """Contacts, groups and conversations as the engine has them."""
        contacts, groups = await self.engine.contacts(), await self.engine.groups()
        self._set(self.view.with_lists(contacts, groups, await self.engine.conversations()))

    async def turn_to(self, key: str) -> None:
        """Open a conversation: at once, its lines as soon as they are read."""
        self._reported.clear()
        self._set(self.view.turned_to(key))
        lines = await self.engine.messages(key, limit=PAGE) if key else []
        self._set(self.view.with_lines(key, lines, older=len(lines) == PAGE))

    async def read_older(self) -> None:
        """The page before the first line, where there is one."""
        if not self.view.older or not self.view.lines:
            return
        key = self.view.open
        lines = await self.engine.messages(key, before=self.view.lines[0].seq, limit=PAGE)
        self._set(self.view.with_lines(key, lines, older=len(lines) == PAGE))

    async def report(self, ids: list[str]) -> None:
        """These were on the screen, before somebody who looks. Each is told to the engine once. Raises Unavailable."""
        key = self.view.open
        unread = [
            line.id for line in self.view.lines if line.id in ids and _unread(line) and line.id not in self._reported
        ]
        if not unread:
            return
        self._reported.update(unread)
        try:
            await self.engine.shown(key, unread)
        except BaseException:
            self._reported.difference_update(unread)
            raise

    def remark(self, text: str, grave: bool = False) -> None:
        """Say something above the input; "" takes the last remark away."""
        self._set(replace(self.view, remark=Remark(text, grave)))

    async def _start_afresh(self) -> None:
        await self.read_lists()
        await self.turn_to(self.view.open)

    def _set(self, view: View) -> None:
        if view != self.view:
            self.view = view
            self._changed()


def _unread(line: Message) -> bool:
    return not line.mine and line.state is not State.READ
