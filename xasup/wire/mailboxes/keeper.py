"""Fills the mailboxes in SQLite: a batch at a time, for one thread. Refuses to know: files, who looks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from xasup.protocol import topics
from xasup.wire.log.port import Cursor, Shard
from xasup.wire.mailboxes import port, sums
from xasup.wire.mailboxes.port import Batch, Kept, Letter, Membership, Sight
from xasup.wire.mailboxes.spans import OPEN, Span, cut, turn

_KNOWN = 200_000  # topics, and names of mailboxes, whose numbers are remembered

_LETTER = (
    "INSERT INTO letters (seq, id, sender, topic, at, log, payload, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id, sender) WHERE id IS NOT NULL DO NOTHING"
)
# The first time counts, and what comes late does not go back: `delivered` after `read` says nothing.
_SIGHT = (
    "INSERT INTO sights (id, author, by, delivered, read) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " delivered = iif(delivered = 0 AND read = 0, excluded.delivered, delivered),"
    " read = iif(read = 0, excluded.read, read)"
)

_OPEN = (
    'SELECT m.user, m.grp, u.name, g.name, m.start, m."end", m.since, m.until FROM memberships m'
    ' JOIN boxes u ON u.id = m.user JOIN boxes g ON g.id = m.grp WHERE m."end" = ?'
)


class _Way(NamedTuple):
    """The numbers of a topic, of its sender, and of the mailboxes it leads to."""

    topic: int
    sender: int
    boxes: tuple[int, ...]


class Keeper:
    """Within a transaction of the caller, who calls forget() when it fails."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._ways: dict[str, _Way] = {}
        self._boxes: dict[str, int] = {}

    def cursor(self) -> Cursor:
        """As kept last. Raises Broken."""
        cursor = {}
        for stream, number, offset, told in self._db.execute("SELECT stream, shard, offset, sum FROM cursor"):
            shard = Shard(stream, number)
            sums.require(told, sums.of_offset(shard, offset), f"the place in {stream}")
            cursor[shard] = offset
        return cursor

    def keep(self, batch: Batch) -> Kept:
        """See Mailboxes."""
        [first] = self._db.execute("SELECT head FROM meta").fetchone()
        if batch.gap:
            self._cut(first + 1)
        kept = self._letters(first, batch.letters)
        for membership in batch.memberships:
            self._turn(first + membership.order, membership)
        self._see(batch.sights)
        self._db.execute("UPDATE meta SET head = ?", (first + batch.count,))
        self._db.executemany(
            "INSERT INTO cursor VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET offset = excluded.offset, sum = excluded.sum",
            [(*shard, offset, sums.of_offset(shard, offset)) for shard, offset in batch.cursor.items()],
        )
        return kept

    def forget(self) -> None:
        """What was remembered may not be there."""
        self._ways.clear()
        self._boxes.clear()

    def _letters(self, first: int, letters: Iterable[Letter]) -> Kept:
        rows, places = [], []
        find = self._ways.get
        for order, topic, id, at, log, payload in letters:
            way = find(topic) or self._way(topic)
            seq = first + order
            told = sums.of_letter(seq, id, topic, at, log, payload)
            rows.append((seq, id, way.sender, way.topic, at, log, payload, told))
            for box in way.boxes:
                places.append((box, seq))
        before = self._db.total_changes
        self._db.executemany(_LETTER, rows)
        kept = Kept(new := self._db.total_changes - before, len(rows) - new)
        if kept.repeated:
            found = {seq for (seq,) in self._db.execute("SELECT seq FROM letters WHERE seq > ?", (first,))}
            places = [place for place in places if place[1] in found]
        places.sort()  # neighbours in the tree one after the other
        self._db.executemany("INSERT INTO places VALUES (?, ?)", places)
        return kept

    def _turn(self, place: int, news: Membership) -> None:
        user, group = self._box(port.own(news.user)), self._box(port.group(news.group))
        row = self._db.execute(
            'SELECT start, "end", since, until FROM memberships WHERE user = ? AND grp = ? ORDER BY start DESC LIMIT 1',
            (user, group),
        ).fetchone()
        span = turn(Span(*row) if row else None, news, place)
        if span is not None:
            self._put((user, port.own(news.user)), (group, port.group(news.group)), span)

    def _cut(self, place: int) -> None:
        """As spans.cut(), of all."""
        rows = self._db.execute(_OPEN, (OPEN,)).fetchall()
        for user, group, user_name, group_name, *fields in rows:
            self._put((user, user_name), (group, group_name), cut(Span(*fields), place))

    def _put(self, user: tuple[int, str], group: tuple[int, str], span: Span) -> None:
        """A membership; both mailboxes with number and name."""
        told = sums.of_membership(user[1], group[1], span)
        row = (user[0], group[0], *span, told)
        self._db.execute("INSERT OR REPLACE INTO memberships VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _see(self, sights: Iterable[Sight]) -> None:
        box = self._box
        self._db.executemany(
            _SIGHT,
            [
                (id, box(port.own(author)), box(port.own(by)), 0 if read else at, at if read else 0)
                for id, author, by, at, read in sights
            ],
        )

    def _way(self, topic: str) -> _Way:
        address = topics.parse(topic)
        number = self._number("topics", "topic", topic)
        sender = self._box(port.own(address.actor))
        way = _Way(number, sender, tuple(map(self._box, port.boxes(address))))
        if len(self._ways) >= _KNOWN:
            self._ways.clear()
        self._ways[topic] = way
        return way

    def _box(self, name: str) -> int:
        number = self._boxes.get(name)
        if number is None:
            if len(self._boxes) >= _KNOWN:
                self._boxes.clear()
            number = self._boxes[name] = self._number("boxes", "name", name)
        return number

    def _number(self, table: str, column: str, name: str) -> int:
        """Of a name that may be new."""
        row = self._db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (name,)).fetchone()  # noqa: S608 - ours
        if row is not None:
            number: int = row[0]
            return number
        new = self._db.execute(f"INSERT INTO {table} ({column}) VALUES (?)", (name,))  # noqa: S608
        assert new.lastrowid is not None  # noqa: S101 - an INSERT has one
        return new.lastrowid
