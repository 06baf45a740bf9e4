"""Looks into the mailboxes in SQLite, for one thread: merges what is somebody's, each part by its index, as far as the
page goes. Refuses to know: files, who fills them.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from heapq import heappop, heappush
from typing import Any, NamedTuple

from xasup.protocol import topics
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import UserId
from xasup.protocol.topics import Space
from xasup.wire.mailboxes import port, sums
from xasup.wire.mailboxes.port import MAX_COUNT, Entry, Page, Standing, Wanted
from xasup.wire.mailboxes.spans import NEVER, OPEN, Span
from xasup.wire.store.faults import Broken

_HELD = "places p LEFT JOIN letters l ON l.seq = p.seq"  # in this order: a mailbox first
_WITHIN = "p.box = ? AND p.seq > ? AND p.seq < ?"
_ENTRIES = (
    f"SELECT p.seq, t.topic, l.payload, l.at, l.log, l.id, l.sum FROM {_HELD} LEFT JOIN topics t ON t.id = l.topic"  # noqa: S608
    f" WHERE {_WITHIN} AND coalesce(l.at, 0) <= ? ORDER BY p.seq"
)
_COUNT = f"SELECT count(*) FROM (SELECT 1 FROM places p WHERE {_WITHIN} LIMIT ?)"  # noqa: S608 - all of it ours
_COUNT_UNTIL = f"SELECT count(*) FROM (SELECT 1 FROM {_HELD} WHERE {_WITHIN} AND l.at <= ? LIMIT ?)"  # noqa: S608
# With the first place that each holds, so that of many groups only those are opened that the page reaches.
_MEMBERSHIPS = """
SELECT grp, start, "end", since, until, sum, (SELECT name FROM boxes WHERE id = grp),
    (SELECT p.seq FROM places p WHERE p.box = grp AND p.seq > max(start, :after) AND p.seq < "end"
        ORDER BY p.seq LIMIT 1) AS first
FROM memberships WHERE user = :user AND "end" > :after AND (:group IS NULL OR grp = :group) AND first IS NOT NULL
ORDER BY first
"""
_KNOWN = 20_000  # topics of which it is remembered where they lead


class _Part(NamedTuple):
    """Of the mailbox *name*: what lies between two places, and was taken at *until* or before. *first*: nothing lies
    before it."""

    name: str
    box: int
    after: int
    end: int
    until: int
    first: int = 0


class Looker:
    """Each answer is of one moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._boxes: dict[str, Sequence[str]] = {}

    def generation(self) -> str:
        """See Lookup."""
        generation: str = self._db.execute("SELECT generation FROM meta").fetchone()[0]
        return generation

    def page(self, wanted: Wanted) -> Page:
        """See Lookup. Within a transaction of the caller."""
        [head] = self._db.execute("SELECT head FROM meta").fetchone()
        parts = list(self._parts(wanted))
        with ExitStack() as stack:
            entries, more = _cut(self._merged(parts, stack), wanted)
        left = self._left(parts, entries[-1].seq) if more and wanted.counted else 0
        return Page(entries, more, head, left)

    def standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        """See Lookup. Within a transaction of the caller."""
        row = self._db.execute(
            "SELECT seq, at, t.topic, l.payload, l.log, l.sum FROM letters l JOIN topics t ON t.id = l.topic"
            " WHERE l.id = ? AND sender = ?",
            (id, self._box(port.own(sender))),
        ).fetchone()
        if row is None:
            return None
        seq, at, topic, payload, log, told = row
        sums.require(told, sums.of_letter(seq, id, topic, at, log, payload), f"letter {seq}")
        address = topics.parse(topic)
        if address.space is Space.GROUP:
            seen = user == sender or self._sees(user, address.owner, seq)
            return Standing(at, "", 0, 0) if seen else None
        if user not in (address.owner, address.actor):
            return None
        sight = self._db.execute(
            "SELECT delivered, read FROM sights WHERE id = ? AND author = ? AND by = ?",
            (id, self._box(port.own(sender)), self._box(port.own(address.owner))),
        ).fetchone()
        return Standing(at, address.owner, *(sight or (0, 0)))

    def _parts(self, wanted: Wanted) -> Iterator[_Part]:
        """What is theirs, as far as it is wanted."""
        me, peer = port.own(wanted.user), wanted.peer
        user = self._box(me)
        if not peer:
            yield _Part(me, user, wanted.after, OPEN, NEVER)
        elif not peer.startswith("g:"):
            talk = port.talk(wanted.user, UserId(peer))
            yield _Part(talk, self._box(talk), wanted.after, OPEN, NEVER)
            return
        group = self._box(port.group(peer[2:])) if peer else None
        found = self._db.execute(_MEMBERSHIPS, {"user": user, "after": wanted.after, "group": group})
        for box, start, end, since, until, told, name, first in found:
            kept = sums.of_membership(me, str(name), Span(start, end, since, until))
            sums.require(told, kept, f"a membership of {wanted.user}")
            yield _Part(str(name), box, max(start, wanted.after), end, until, first)

    def _merged(self, parts: Sequence[_Part], stack: ExitStack) -> Iterator[Entry]:
        """In order; a part, of which they come in the order of *first*, is opened when its first place is reached."""
        waiting = deque(parts)
        heads: list[tuple[Entry, Iterator[Entry]]] = []
        while heads or waiting:
            if waiting and (not heads or waiting[0].first <= heads[0][0].seq):
                part = waiting.popleft()
                cursor = stack.enter_context(closing(self._db.execute(_ENTRIES, part[1:5])))
                _push(heads, map(partial(self._entry, part.name), cursor))
            else:
                entry, rest = heappop(heads)
                yield entry
                _push(heads, rest)

    def _entry(self, box: str, row: Sequence[Any]) -> Entry:
        """Raises Broken where it is not what was kept, or lies in a mailbox that it was not put into."""
        seq, topic, payload, at, log, id, told = row
        if topic is None or box not in self._led(topic):
            raise Broken(f"letter {seq} lies in a mailbox that is not its own")
        sums.require(told, sums.of_letter(seq, id, topic, at, log, payload), f"letter {seq}")
        return Entry(seq, topic, payload, at, log)

    def _led(self, topic: str) -> Sequence[str]:
        """The mailboxes to which it leads."""
        boxes = self._boxes.get(topic)
        if boxes is None:
            if len(self._boxes) >= _KNOWN:
                self._boxes.clear()
            try:
                boxes = self._boxes[topic] = port.boxes(topics.parse(topic))
            except Malformed:
                raise Broken(f"a topic is not what was written: {topic!r}") from None
        return boxes

    def _left(self, parts: Sequence[_Part], after: int) -> int:
        left = 0
        for part in parts:
            bounds = (part.box, max(part.after, after), part.end)
            if part.until == NEVER:
                row = self._db.execute(_COUNT, (*bounds, MAX_COUNT - left))
            else:
                row = self._db.execute(_COUNT_UNTIL, (*bounds, part.until, MAX_COUNT - left))
            left += row.fetchone()[0]
        return left

    def _sees(self, user: UserId, group: str, seq: int) -> bool:
        wanted = Wanted(user, after=seq - 1, peer=f"g:{group}", limit=1)
        return [entry.seq for entry in self.page(wanted).entries] == [seq]

    def _box(self, name: str) -> int:
        """Its number; 0, which none has, where there is no such mailbox."""
        row = self._db.execute("SELECT id FROM boxes WHERE name = ?", (name,)).fetchone()
        return row[0] if row else 0


def _push(heads: list[tuple[Entry, Iterator[Entry]]], entries: Iterator[Entry]) -> None:
    """By the first of *entries*, if there is one; no two have the same place."""
    for entry in entries:
        heappush(heads, (entry, entries))
        return


def _cut(entries: Iterator[Entry], wanted: Wanted) -> tuple[list[Entry], bool]:
    """The first of *entries* that are wanted, and whether there are more."""
    found: list[Entry] = []
    room = wanted.room
    for entry in entries:
        room -= len(entry.payload)
        if len(found) == wanted.limit or (found and room < 0):
            return found, True
        found.append(entry)
    return found, False
