"""All that the audit has read, in a temporary file of SQLite, so that a log of any length takes little memory.

Memory: 32 MiB for pages, and as much for sorting; disk, in TMPDIR: about 350 bytes for each message, 120 for each id in
a receipt. SQLite removes the file. Refuses to know: where facts come from, what is right.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Any

from xasup.audit.facts import Decision, Fact, Message, Receipt, Unreadable
from xasup.protocol.errors import Unavailable

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32768;
CREATE TABLE messages (
    sender TEXT NOT NULL, id TEXT NOT NULL, recipient TEXT NOT NULL, talk TEXT NOT NULL, src TEXT NOT NULL,
    n INTEGER NOT NULL, digest BLOB NOT NULL, position TEXT NOT NULL, taken INTEGER NOT NULL, ts INTEGER NOT NULL
);
CREATE TABLE receipts (
    sender TEXT NOT NULL, id TEXT NOT NULL, by TEXT NOT NULL, kind TEXT NOT NULL, position TEXT NOT NULL,
    taken INTEGER NOT NULL
);
CREATE TABLE decisions (
    what TEXT NOT NULL, me TEXT NOT NULL, other TEXT NOT NULL, ts INTEGER NOT NULL, low TEXT NOT NULL,
    high TEXT NOT NULL
);
CREATE TABLE unreadable (stream TEXT NOT NULL, position TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE claims (
    source TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL, position TEXT NOT NULL, at INTEGER NOT NULL
);
"""
# Made once all is read: to sort a file is far cheaper than to keep it sorted.
_INDEXES = """
CREATE INDEX IF NOT EXISTS messages_by_id ON messages (sender, id);
CREATE INDEX IF NOT EXISTS messages_by_position ON messages (position);
CREATE INDEX IF NOT EXISTS decisions_by_pair ON decisions (low, high, ts);
"""
_MANY = 5000  # facts in memory
_INSERT: dict[type, str] = {
    Message: "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    Receipt: "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?)",
    Decision: "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?)",
    Unreadable: "INSERT INTO unreadable VALUES (?, ?, ?)",
}


class Ledger:
    """As `with Ledger() as ledger`. Raises Unavailable where the temporary file has no room."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, facts: Iterable[Fact]) -> None:
        left = iter(facts)
        while some := list(islice(left, _MANY)):  # one receipt may be 500 of them
            self._add(some)

    def _add(self, facts: Iterable[Fact]) -> None:
        rows: dict[type, list[tuple[Any, ...]]] = {}
        for fact in facts:
            rows.setdefault(type(fact), []).append(_row(fact))
        try:
            self._db.execute("BEGIN")
            for kind, some in rows.items():
                self._db.executemany(_INSERT[kind], some)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise Unavailable(_no_room(error)) from None

    def claim(self, claims: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Instead of those before: that somebody has these from the log: source, sender, id, position ("": not said),
        and since when, in milliseconds since the epoch (0: not said)."""
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM claims")
        self._db.executemany("INSERT INTO claims VALUES (?, ?, ?, ?, ?)", claims)
        self._db.execute("COMMIT")

    def forget_decisions(self) -> None:
        self._db.execute("DELETE FROM decisions")

    def sort(self) -> None:
        """Before it is asked."""
        try:
            self._db.executescript(_INDEXES)
        except sqlite3.Error as error:
            raise Unavailable(_no_room(error)) from None

    def ask(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Rows as they come."""
        try:
            yield from self._db.execute(query, values)
        except sqlite3.OperationalError as error:
            raise Unavailable(_no_room(error)) from None

    def count(self, table: str) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a table of ours


def _row(fact: Fact) -> tuple[Any, ...]:
    if isinstance(fact, Decision):
        ends = (fact.me, fact.other) if fact.other else (fact.me, "")
        return (*fact, *sorted(ends)) if fact.other else (*fact, *ends)
    return tuple(fact)


def _no_room(error: sqlite3.Error) -> str:
    return f"the audit's temporary file: {error}; TMPDIR names the folder for it"
