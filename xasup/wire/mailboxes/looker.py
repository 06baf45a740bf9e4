"""Looks into the mailboxes in SQLite, for one thread: merges what is somebody's, each part by its index, as far as the
page goes. Refuses to know: files, who fills them.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from heapq import heappop, heappush
from typing import NamedTuple

from xasup.protocol import topics
from xasup.protocol.ids import UserId
from xasup.protocol.topics import Space
from xasup.wire.mailboxes import port
from xasup.wire.mailboxes.port import MAX_COUNT, Entry, Page, Standing, Wanted
from xasup.wire.mailboxes.spans import NEVER, OPEN

_HELD = "places p CROSS JOIN letters l ON l.seq = p.seq"  # in this order: a mailbox first
_WITHIN = "p.box = ? AND p.seq > ? AND p.seq < ?"
_ENTRIES = (
    f"SELECT p.seq, t.topic, l.payload, l.at, l.log FROM {_HELD} CROSS JOIN topics t ON t.id = l.topic"  # noqa: S608
    f" WHERE {_WITHIN} AND l.at <= ? ORDER BY p.seq"
)
_COUNT = f"SELECT count(*) FROM (SELECT 1 FROM places p WHERE {_WITHIN} LIMIT ?)"  # noqa: S608 - all of it ours
_COUNT_UNTIL = f"SELECT count(*) FROM (SELECT 1 FROM {_HELD} WHERE {_WITHIN} AND l.at <= ? LIMIT ?)"  # noqa: S608
# With the first place that each holds, so that of many groups only those are opened that the page reaches.
_MEMBERSHIPS = """
SELECT grp, max(start, :after), "end", until,
    (SELECT p.seq FROM places p WHERE p.box = grp AND p.seq > max(start, :after) AND p.seq < "end"
        ORDER BY p.seq LIMIT 1) AS first
FROM memberships WHERE user = :user AND "end" > :after AND (:group IS NULL OR grp = :group) AND first IS NOT NULL
ORDER BY first
"""


class _Part(NamedTuple):
    """Of a mailbox: what lies between two places, and was taken at *until* or before. *first*: nothing lies before
    it."""

    box: int
    after: int
    end: int
    until: int
    first: int = 0


class Looker:
    """Each answer is of one moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

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
            "SELECT seq, at, t.topic FROM letters l JOIN topics t ON t.id = l.topic WHERE l.id = ? AND sender = ?",
            (id, self._box(port.own(sender))),
        ).fetchone()
        if row is None:
            return None
        seq, at, topic = row
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
        user, peer = self._box(port.own(wanted.user)), wanted.peer
        if not peer:
            yield _Part(user, wanted.after, OPEN, NEVER)
        elif not peer.startswith("g:"):
            yield _Part(self._box(port.talk(wanted.user, UserId(peer))), wanted.after, OPEN, NEVER)
            return
        group = self._box(port.group(peer[2:])) if peer else None
        found = self._db.execute(_MEMBERSHIPS, {"user": user, "after": wanted.after, "group": group})
        yield from map(_Part._make, found)

    def _merged(self, parts: Sequence[_Part], stack: ExitStack) -> Iterator[Entry]:
        """In order; a part, of which they come in the order of *first*, is opened when its first place is reached."""
        waiting = deque(parts)
        heads: list[tuple[Entry, Iterator[Entry]]] = []
        while heads or waiting:
            if waiting and (not heads or waiting[0].first <= heads[0][0].seq):
                cursor = stack.enter_context(closing(self._db.execute(_ENTRIES, waiting.popleft()[:4])))
                _push(heads, map(Entry._make, cursor))
            else:
                entry, rest = heappop(heads)
                yield entry
                _push(heads, rest)

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
