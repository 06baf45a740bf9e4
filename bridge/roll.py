"""Who came into groups and who left, said again where the broker may have forgotten it before the log had it.

The contacts service says it until the broker has it. A broker that crashes forgets what waited there for the bridge;
messages are offered again by their senders, memberships by nobody. So each term begins with those that the truth tells
since a position noted there. The note moves on behind a marker, which goes the way that memberships go: what stood
before it is in the log. Refuses to know: the log, what a membership does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Protocol, TypeVar

import structlog

from bridge.presence import ACCOUNT
from xasup.protocol import changes, codec, events, topics
from xasup.protocol.errors import Malformed, Unavailable, XasupError
from xasup.wire.mqtt import Done
from xasup.wire.mqtt.intake import Delivery, Take
from xasup.wire.truth import tables
from xasup.wire.truth.port import START, Cell, ChangeEntry, Gap, Step, Truth, position_key

log = structlog.get_logger()
T = TypeVar("T")

NAME = Cell(tables.POSITIONS, "memberships")
EVERY = 5.0  # seconds between two notes
AGAIN = 0.5  # seconds before the truth is asked again
READ = 500  # changes read at a time, and memberships said at a time
_TOPIC = topics.request("bridge", ACCOUNT)
_TOPIC_BYTES = _TOPIC.encode()


class Post(Protocol):
    """The connection to the broker, as far as it is needed here: QoS 1, in the order of the calls."""

    async def publish(self, topic: str, payload: bytes) -> None: ...

    def publish_with(self, topic: str, payload: bytes, done: Done) -> None: ...


class Roll:
    """Of one term. *new_id*: of a marker; no other term has the same. *waits* is told why the truth is waited for, and
    "" when it no longer is."""

    def __init__(self, truth: Truth, post: Post, new_id: Callable[[], str], waits: Callable[[str], None]) -> None:
        self._truth, self._post, self._new_id, self._waits = truth, post, new_id, waits
        self._noted = self._end = self._marked = START
        self._under_way = ""  # the id of the marker behind which `_marked` is to be noted

    async def look(self) -> None:
        """From where to where memberships are to be said again. To be called as soon as nothing is missed from now on;
        waits for the truth."""
        stored = (await self._asked(lambda: self._truth.get([NAME])))[0]
        self._noted = stored.decode() if stored is not None else START
        self._end = await self._asked(self._truth.last_position)

    async def begin(self, take: Take, *, empty: bool) -> Take:
        """What is to take deliveries: *take*, which gets the memberships as well. Where the session was *empty*, at
        once; else behind all that waited in it. Raises Unavailable when the connection is lost."""
        news = await self._news()
        if news:
            log.info("memberships are said again", count=len(news))
        marker = self._marker(self._end)
        if empty:
            _hand_over(news, take)
            news = []
        await self._post.publish(_TOPIC, marker)
        return _behind(marker, news, take) if news else take

    def passed(self, id: str) -> None:
        """A marker, perhaps of another term, has come, and all before it is in the log."""
        if id == self._under_way:
            self._under_way = ""

    async def keep(self) -> None:
        """Note now and then how far the log has it, for ever."""
        while True:
            await asyncio.sleep(EVERY)
            if self._under_way:
                continue
            try:
                if self._marked != self._noted:
                    await self._truth.commit(Step(put={NAME: self._marked.encode()}))
                    self._noted = self._marked
                await self._mark()
            except Unavailable as error:
                log.debug("memberships are not followed", reason=str(error))  # who follows decisions is louder

    async def _mark(self) -> None:
        """What the contacts service has noted, the broker has; so it is there before the marker."""
        told = (await self._truth.get([Cell(tables.POSITIONS, tables.NOTIFIER)]))[0]
        if told is not None and position_key(told.decode()) > position_key(self._marked):
            self._post.publish_with(_TOPIC, self._marker(told.decode()), _ignore)  # a lost one ends the term

    def _marker(self, position: str) -> bytes:
        """Behind which *position* is to be noted."""
        self._under_way, self._marked = self._new_id(), position
        return codec.encode(events.fence(self._under_way))

    async def _news(self) -> list[Delivery]:
        found: list[Delivery] = []
        after = self._noted
        while position_key(after) < position_key(self._end):
            try:
                entries = await self._asked(partial(self._truth.changes, after, READ, 0))
            except Gap as error:
                log.error("memberships may be missing from history", after=after, reason=str(error))  # noqa: TRY400 - expected
                break
            if not entries:
                break
            after = entries[-1].position
            for entry in entries:
                if position_key(entry.position) <= position_key(self._end):  # what was decided later is told later
                    found += _memberships(entry)
        return found

    async def _asked(self, question: Callable[[], Awaitable[T]]) -> T:
        waited = False
        while True:
            try:
                found = await question()
            except Unavailable as error:
                waited = True
                log.warning("memberships wait to be read", reason=str(error))
                self._waits(str(error))
                await asyncio.sleep(AGAIN)
            else:
                if waited:
                    self._waits("")
                return found


def _memberships(entry: ChangeEntry) -> Iterator[Delivery]:
    """As the broker would bring them; without a number, since nobody waits for an acknowledgement."""
    try:
        change = changes.decode(entry.change)
    except Malformed:
        return  # who follows decisions says so
    for notice in change.notices:
        if notice.service == "groups" and notice.payload.get("event") == events.GROUP:
            yield notice.topic.encode(), codec.encode(notice.payload), 0


def _hand_over(deliveries: list[Delivery], take: Take) -> None:
    for start in range(0, len(deliveries), READ):
        take(deliveries[start : start + READ])


def _behind(marker: bytes, news: list[Delivery], take: Take) -> Take:
    """*take*, which gets *news* just before the *marker*."""
    waiting = True

    def taking(deliveries: list[Delivery]) -> None:
        nonlocal waiting
        if waiting:
            for at, (topic, payload, _) in enumerate(deliveries):
                if topic == _TOPIC_BYTES and payload == marker:
                    waiting = False
                    _hand_over(deliveries[:at] + news, take)
                    deliveries = deliveries[at:]
                    break
        take(deliveries)

    return taking


def _ignore(error: XasupError | None) -> None:
    pass
