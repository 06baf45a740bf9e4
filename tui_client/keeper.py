"""Keeps the view: lets the engine's events in, reads lists and lines, tells when something changed. Knows no widget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from tui_client.consent import Taken
from tui_client.engine import Engine
from tui_client.keys import USUAL, Keys
from tui_client.news import can_wait, lists_changed, reduce
from tui_client.view import Remark, View
from xasup.client.events import Event, Missed
from xasup.client.values import Preferences
from xasup.protocol.errors import Unavailable

PAGE = 100  # messages read at once
PAUSE = 0.1  # seconds between two readings of the conversations
REST = 9.0  # times what a reading took: with very many conversations, a tenth of the time goes into it


class Keeper:
    """The one owner of the view."""

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], float],
        changed: Callable[[bool], None],
        keys: Keys = USUAL,
        heard: Callable[[Event, View], None] = lambda event, before: None,
    ) -> None:
        """*clock*: seconds, steady; *changed*: called after every change of the view, with whether nobody need see it
        at once; *keys*: those that hold; *heard*: gets every event after it was let in, with the view from before.
        `ready` is set when preferences and lists have been read."""
        self.engine, self._clock, self._changed, self._heard = engine, clock, changed, heard
        self.view = View(engine.user, engine.connection, keys=keys)
        self.ready, self._stale = asyncio.Event(), asyncio.Event()
        self._reported: set[str] = set()
        self._paging = False

    async def listen(self) -> None:
        """Let every event in, until the engine is left."""
        events = self.engine.events()  # from now on; what the lists say is not older
        preferences = await self.engine.preferences()
        self._set(replace(self.view, preferences=preferences))  # of the view as it is after the answer
        await self.read_lists()
        self._set(replace(self.view, connection=self.engine.connection))
        self.ready.set()
        async for event in events:
            before = self.view
            self._set(reduce(before, event, self._clock()), can_wait(before, event))
            self._heard(event, before)
            if lists_changed(event):
                self._stale.set()
            if isinstance(event, Missed):
                await self._start_afresh()

    async def keep_lists(self) -> None:
        """Read the conversations again when an event has touched them, at most every PAUSE."""
        while True:
            await self._stale.wait()
            self._stale.clear()
            began = self._clock()
            found = {conversation.key: conversation for conversation in await self.engine.conversations()}
            self._set(self.view.with_conversations(found))
            await asyncio.sleep(max(PAUSE, REST * (self._clock() - began)))

    async def read_lists(self) -> None:
        """Contacts, groups and conversations as the engine has them."""
        contacts, groups = await self.engine.contacts(), await self.engine.groups()
        conversations = await self.engine.conversations()
        self._set(self.view.with_lists(contacts, groups, conversations))  # of the view as it is after all these answers

    async def turn_to(self, key: str, seq: int = 0) -> None:
        """Open a conversation: at once, its lines as soon as they are read; the newest ones, or those around *seq*."""
        was, newest = self.view.open, self._newest()
        marked = key in self.view.conversations and self.view.conversations[key].traits.marked
        if key != was:
            self._reported.clear()
            self._set(self.view.turned_to(key))
        if seq:
            await self._go_to(seq)
        elif key:
            lines = await self.engine.messages(key, limit=PAGE)
            self._set(self.view.with_lines(key, lines, older=len(lines) == PAGE))
        if key != was:
            await self._stopped(was, newest)
            await self.prefer(replace(self.view.preferences, open=key))
        if marked:
            await self.engine.mark_unread(key, False)

    async def leave(self) -> None:
        """The program ends: reading stopped here."""
        await self._stopped(self.view.open, self._newest())

    async def _go_to(self, seq: int) -> None:
        """Show the line *seq* of the open conversation, or the first one after it, and select it."""
        key = self.view.open
        before = await self.engine.messages(key, before=seq, limit=PAGE // 2)
        after = await self.engine.messages_after(key, seq - 1, limit=PAGE // 2)
        view = self.view.with_window(key, before + after, len(before) == PAGE // 2, len(after) == PAGE // 2)
        self._set(replace(view, selected=after[0].id) if after and key == self.view.open else view)
        await self._close_gap(key)

    async def go_to_end(self) -> None:
        """Show the newest line, and keep to it."""
        key = self.view.open
        if self.view.newer:
            lines = await self.engine.messages(key, limit=PAGE)
            self._set(self.view.with_window(key, lines, older=len(lines) == PAGE, newer=False))
            await self._close_gap(key)
        self.look(True)

    async def go_to_beginning(self) -> None:
        """Load the oldest lines; whoever calls it scrolls there."""
        key = self.view.open
        if self.view.older:
            lines = await self.engine.messages_after(key, 0, limit=PAGE)
            self._set(self.view.with_window(key, lines, older=False, newer=len(lines) == PAGE))
            await self._close_gap(key)

    async def read_older(self) -> None:
        """The page before the first line, where there is one."""
        view = self.view
        if not view.older or not view.lines or self._paging:
            return
        self._paging = True
        try:
            lines = await self.engine.messages(view.open, before=view.lines[0].seq, limit=PAGE)
            if view.lines[:1] == self.view.lines[:1]:
                self._set(self.view.with_older(view.open, lines, more=len(lines) == PAGE))
        finally:
            self._paging = False

    async def read_newer(self) -> None:
        """The page after the last line, where there is one."""
        view = self.view
        if not view.newer or not view.lines or self._paging:
            return
        self._paging = True
        try:
            lines = await self.engine.messages_after(view.open, view.lines[-1].seq, limit=PAGE)
            if view.lines[-1:] == self.view.lines[-1:]:
                self._set(self.view.with_newer(view.open, lines, more=len(lines) == PAGE))
                await self._close_gap(view.open)
        finally:
            self._paging = False

    def look(self, following: bool) -> None:
        """Somebody scrolled: to the newest line, or away from it."""
        self._set(self.view.looking(following))

    def select(self, id: str) -> None:
        """Keys go to this message; "": to the input line."""
        self._set(replace(self.view, selected=id))

    def narrow(self, letters: str) -> None:
        """The list shows only who has these letters in the name; "": everybody."""
        self._set(replace(self.view, filter=letters))

    def fold(self) -> None:
        """Show what is archived, or no more."""
        self._set(replace(self.view, unfolded=not self.view.unfolded))

    def forget_typing(self) -> None:
        """Those who have stopped writing."""
        now = self._clock()
        writing = {key: told for key, told in self.view.typing.items() if now < told[1]}
        if writing != self.view.typing:
            self._set(replace(self.view, typing=writing))

    def compose(self, reply: str = "", editing: str = "") -> None:
        """What is written next replies to this message, or stands in its place; "": neither."""
        self._set(replace(self.view, reply=reply, editing=editing, selected=""))

    async def report(self, ids: list[str]) -> None:
        """These were on the screen, before somebody who looks. Each is told to the engine once. Raises Unavailable."""
        key = self.view.open
        seen = set(ids) - self._reported
        unread = [line.id for line in self.view.lines if line.id in seen and line.unread]
        if not unread:
            return
        self._reported.update(unread)
        try:
            await self.engine.shown(key, unread)
        except BaseException:
            self._reported.difference_update(unread)
            raise

    async def tell_typing(self, key: str) -> None:
        """Let the other of this conversation know that I write, where I may."""
        if self.view.standing(key).writable:
            with suppress(Unavailable):  # nobody need know that this did not go out
                await self.engine.typing(key)

    async def prefer(self, preferences: Preferences) -> None:
        """From now on, and after a restart. Raises Unavailable."""
        await self.engine.prefer(preferences)
        self._set(replace(self.view, preferences=preferences))

    def decided(self, taken: Taken | None) -> None:
        """The last decision about somebody, as long as it can be thought of as the last."""
        self._set(replace(self.view, decided=taken))

    def remark(self, text: str, grave: bool = False) -> None:
        """Say something above the input; "" takes the last remark away."""
        self._set(replace(self.view, remark=Remark(text, grave)))

    async def _stopped(self, key: str, newest: int) -> None:
        if key and newest:
            await self.engine.stopped(key, newest)

    async def _close_gap(self, key: str) -> None:
        """What arrived between the reading of the newest lines and now, when news join them by themselves."""
        view = self.view
        if key == view.open and not view.newer and view.lines:
            lines = await self.engine.messages_after(key, view.lines[-1].seq, limit=PAGE)
            self._set(self.view.with_newer(key, lines, more=False))

    def _newest(self) -> int:
        """`seq` of the newest line of the open conversation."""
        view = self.view
        listed = view.conversations.get(view.open)
        known = listed.last.seq if listed and listed.last else 0
        return max(known, view.lines[-1].seq if view.lines and not view.newer else 0)

    async def _start_afresh(self) -> None:
        await self.read_lists()
        await self._refill()

    async def _refill(self) -> None:
        """The open conversation's lines once more, around what is in view: nothing moves."""
        view = self.view
        if not view.open or view.newer:
            return
        first = view.lines[0].seq if view.lines else 1
        lines = await self.engine.messages_after(view.open, first - 1, limit=len(view.lines) + PAGE)
        more = len(lines) == len(view.lines) + PAGE
        self._set(self.view.with_newer(view.open, lines, more))
        await self._close_gap(view.open)

    def _set(self, view: View, can_wait: bool = False) -> None:
        if view is not self.view and (can_wait or view != self.view):  # who comes and goes is news by itself
            self.view = view
            self._changed(can_wait)
