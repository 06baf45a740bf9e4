"""Tells senders what became of their messages: *stored* and *rejected*, in lists, at most a quarter of the time.

Nothing waits for it and nothing is repeated: who has not heard offers the message again, and is told again. Refuses to
know: the log, whether senders are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

from xasup.protocol import codec, events, topics
from xasup.protocol.errors import XasupError
from xasup.protocol.ids import UserId
from xasup.wire.log.port import Position
from xasup.wire.mqtt import Done

SERVICE = "bridge"
TICK = 0.003  # seconds between two rounds, at least
SHARE = 3  # a round that took t is followed by a pause of SHARE * t: with many senders, fewer and longer lists
BATCH = 500  # ids in one event
MOST = 50_000  # messages that wait to be told; beyond them nobody is told
UNDER_WAY = 100  # events without an acknowledgement of the broker, beyond which no more are begun: lists grow instead

Notes = tuple[list[str], list[Position]]


class Post(Protocol):
    """The connection to the broker, as far as it is needed here."""

    @property
    def outstanding(self) -> int: ...

    def publish_with(self, topic: str, payload: bytes, done: Done, *, retain: bool = False) -> None: ...


class Teller:
    """*clock*: seconds, running evenly, also within one turn of the event loop; *said* is told of each event that the
    broker took (True) or did not, with the number of messages in it."""

    def __init__(self, post: Post, clock: Callable[[], float], said: Callable[[int, bool], None]) -> None:
        self._post, self._clock, self._said = post, clock, said
        self._loop = asyncio.get_running_loop()
        self._notes: dict[str, Notes] = {}
        self._others: list[tuple[str, bytes]] = []
        self._waiting = 0
        self._next = 0.0  # when the next round may be
        self._timer: asyncio.Handle | None = None

    def stored(self, sender: str, id: str, position: Position) -> None:
        """To be told with the next round; call soon() after the last one."""
        if self._waiting >= MOST:
            self._said(1, False)
            return
        self._waiting += 1
        notes = self._notes.get(sender)
        if notes is None:
            notes = self._notes[sender] = ([], [])
        notes[0].append(id)
        notes[1].append(position)

    def rejected(self, sender: str, id: str | None, topic: str, error: XasupError) -> None:
        """The same for a dead letter."""
        if self._waiting >= MOST:
            self._said(1, False)
            return
        self._waiting += 1
        self._others.append((sender, codec.encode(events.rejected(id, topic, error))))

    def passed(self, asker: str, id: str) -> None:
        """The same to a service that asked for a fence: all that the broker had before it is in the log."""
        self._waiting += 1
        self._others.append((asker, codec.encode(events.answer(id, events.FENCE))))

    def soon(self) -> None:
        """There may be something to tell."""
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_later(self.pause(), self._round)

    def pause(self) -> float:
        """Seconds until there may be another round."""
        return max(0.0, self._next - self._clock())

    def stop(self) -> None:
        """Tell what there is, and no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tell()

    def _round(self) -> None:
        self._timer = None
        start = self._clock()
        if self._post.outstanding < UNDER_WAY:
            self._tell()
        end = self._clock()
        self._next = end + max(TICK, SHARE * (end - start))
        self.soon()

    def _tell(self) -> None:
        notes, others = self._notes, self._others
        self._notes, self._others, self._waiting = {}, [], 0
        for sender, (ids, positions) in notes.items():
            for some, places in _in_batches(ids, positions):
                self._send(sender, codec.encode(events.stored(some, list(map(str, places)))), len(some))
        for sender, payload in others:
            self._send(sender, payload, 1)

    def _send(self, sender: str, payload: bytes, count: int) -> None:
        self._post.publish_with(topics.event(UserId(sender), SERVICE), payload, partial(self._ended, count))

    def _ended(self, count: int, error: XasupError | None) -> None:
        self._said(count, error is None)


def _in_batches(ids: list[str], positions: list[Position]) -> Iterator[tuple[Sequence[str], Sequence[Position]]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH], positions[start : start + BATCH]
