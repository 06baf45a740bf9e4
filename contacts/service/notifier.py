"""Publishes the notices of each change once the broker's directory has it, in the order of the changes.

Its position in the stream is stored behind the acknowledgements, so that a crash repeats notices and never loses one.
Refuses to know: what changes say.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from contacts.service.enforcement import Enforcement
from xasup.protocol import changes, codec
from xasup.protocol.changes import Change, Notice
from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.truth import tables
from xasup.wire.truth.port import START, Cell, ChangeEntry, Gap, Step, Truth

log = structlog.get_logger()

NAME = Cell(tables.POSITIONS, tables.NOTIFIER)
READ = 500  # changes read at a time
AHEAD = 5000  # changes read and not yet confirmed
WAIT = 5.0  # seconds to wait for a change
STORE_EVERY = 0.5  # seconds between two notes of the position
AGAIN = 0.25  # seconds before the truth is asked again


@dataclass(slots=True)
class _Entry:
    """*owed*: notices that the broker has not acknowledged; None: not published yet."""

    position: str
    notices: Sequence[Notice]
    owed: int | None = None


class Post(Protocol):
    """Publishes for one service; *done* is called once the broker has it."""

    def publish(self, topic: str, payload: bytes, done: Callable[[], None]) -> None: ...


class Notifier:
    """*observe* sees every change as it is read, once at least."""

    def __init__(
        self, truth: Truth, posts: Mapping[str, Post], enforcement: Enforcement, observe: Callable[[Change], None]
    ) -> None:
        self._truth, self._posts, self._enforcement, self._observe = truth, posts, enforcement, observe
        self._unpublished: deque[_Entry] = deque()
        self._unconfirmed: deque[_Entry] = deque()
        self._confirmed = self._stored = ""
        self._room = asyncio.Event()
        enforcement.listen(self._publish)

    @property
    def waiting(self) -> tuple[int, int]:
        """Changes read that wait for the directory, and those that wait for the broker to take their notices."""
        return len(self._unpublished), len(self._unconfirmed)

    async def follow(self) -> None:
        """Read changes, for ever."""
        after = await self._begin()
        while True:
            try:
                entries = await self._truth.changes(after, READ, WAIT)
            except Unavailable as error:
                log.warning("changes cannot be read", reason=str(error))
                await asyncio.sleep(AGAIN)
                continue
            except Gap as error:
                log.warning("changes are missing: some notices will not be published", after=after, reason=str(error))
                after = await self._last()
                continue
            for entry in entries:
                self._note(entry)
                after = entry.position
            self._publish()
            await self._have_room()

    async def store(self) -> None:
        """Note the position down, now and then, for ever."""
        try:
            while True:
                await asyncio.sleep(STORE_EVERY)
                await self._store()
        finally:
            await self._store()

    async def _begin(self) -> str:
        while True:
            try:
                stored = (await self._truth.get([NAME]))[0]
            except Unavailable as error:
                log.warning("the position cannot be read", reason=str(error))
                await asyncio.sleep(AGAIN)
                continue
            return stored.decode() if stored is not None else START

    async def _last(self) -> str:
        while True:
            try:
                return await self._truth.last_position()
            except Unavailable:
                await asyncio.sleep(AGAIN)

    def _note(self, entry: ChangeEntry) -> None:
        try:
            change = changes.decode(entry.change)
        except Malformed as error:
            log.warning("a change cannot be read", position=entry.position, reason=str(error))
            self._unpublished.append(_Entry(entry.position, ()))
            return
        self._observe(change)
        self._unpublished.append(_Entry(entry.position, change.notices))

    async def _have_room(self) -> None:
        while len(self._unpublished) + len(self._unconfirmed) >= AHEAD:
            self._room.clear()
            await self._room.wait()

    def _publish(self) -> None:
        while self._unpublished and self._enforcement.holds(self._unpublished[0].position):
            entry = self._unpublished.popleft()
            self._unconfirmed.append(entry)
            entry.owed = len(entry.notices)
            for notice in entry.notices:
                self._send(entry, notice)
            if not entry.notices:
                self._confirm()

    def _send(self, entry: _Entry, notice: Notice) -> None:
        def done() -> None:
            entry.owed = (entry.owed or 0) - 1
            if entry.owed == 0:
                self._confirm()

        self._posts[notice.service].publish(notice.topic, codec.encode(notice.payload), done)

    def _confirm(self) -> None:
        while self._unconfirmed and self._unconfirmed[0].owed == 0:
            self._confirmed = self._unconfirmed.popleft().position
        self._room.set()

    async def _store(self) -> None:
        if self._confirmed == self._stored:
            return
        position = self._confirmed
        try:
            await self._truth.commit(Step(put={NAME: position.encode()}))
        except Unavailable as error:
            log.warning("the position cannot be stored", reason=str(error))
            return
        self._stored = position
