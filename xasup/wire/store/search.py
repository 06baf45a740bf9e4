"""The index of words, in SQLite: follows the lines in the transaction that changes them. SQL for the port Search.

A word of up to three letters that is only begun has a list of its own; for a longer one the words that begin so are
looked up, since FTS5 would gather all their lines before it tells the first. Refuses to know: what a word is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from xasup.wire.store.cells import array, lines
from xasup.wire.store.rows import Line, Task
from xasup.wire.store.words import place, text_of, words

_LISTED = 3  # letters: see `prefix` in schema.py
_BEGUN, _ASKED = 200, 32  # words that begin like the last one; words that are asked for


class SqliteSearch:
    """See Search."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, text: str, conversation: str | None, before: int | None, limit: int) -> list[Line]:
        wanted = self._expression(words(text)[:_ASKED])
        if not wanted:
            return []
        where = f'"{place(conversation)}" AND {wanted}' if conversation is not None else wanted
        found = self._db.execute(
            "SELECT rowid FROM found WHERE found MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
            (where, before if before is not None else 1 << 62, limit),
        ).fetchall()
        rows = self._db.execute(
            "SELECT * FROM lines WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC",
            (array(seq for (seq,) in found),),
        )
        return lines(rows)

    def build(self, limit: int) -> bool:
        below = _backlog(self._db)
        slice_ = lines(self._db.execute("SELECT * FROM lines WHERE seq < ? ORDER BY seq DESC LIMIT ?", (below, limit)))
        _write(self._db, [line for line in slice_[::-1] if line.task is not Task.HELD])
        self._db.execute("UPDATE backlog SET below = ?", (slice_[-1].seq if slice_ else 0,))
        return bool(slice_)

    def _expression(self, wanted: list[str]) -> str:
        """In FTS5's words; "" where nothing can have them all."""
        if not wanted:
            return ""
        *whole, last = (f'"{word}"' for word in wanted)
        begun = [f"{last} *"] if len(wanted[-1]) <= _LISTED else self._begun(wanted[-1])
        return " AND ".join([*whole, f"({' OR '.join(begun)})"]) if begun else ""

    def _begun(self, start: str) -> list[str]:
        rows = self._db.execute(
            "SELECT word FROM vocabulary WHERE word >= ? AND word < ? LIMIT ?",
            (start, start + "\U0010ffff", _BEGUN + 1),
        )
        known = [f'"{word}"' for (word,) in rows]
        return known if len(known) <= _BEGUN else [f'"{start}" *']


def index(db: sqlite3.Connection, added: Iterable[Line]) -> None:
    """These lines can be found from now on, but for what is held back."""
    below = _backlog(db)
    _write(db, [line for line in added if line.task is not Task.HELD and line.seq >= below])


def unindex(db: sqlite3.Connection, line: Line) -> None:
    """Before it goes, or changes its text. FTS5 must be told exactly what was written, and nothing that was not."""
    if line.seq >= _backlog(db):
        entry = line.seq, _spelled(line, words(text_of(line.payload)))
        db.execute("INSERT INTO found (found, rowid, words) VALUES ('delete', ?, ?)", entry)


def _write(db: sqlite3.Connection, added: list[Line]) -> None:
    texts = [words(text_of(line.payload)) for line in added]
    entries = [(line.seq, _spelled(line, text)) for line, text in zip(added, texts, strict=True)]
    db.executemany("INSERT INTO found (rowid, words) VALUES (?, ?)", entries)
    long = {word for text in texts for word in text if len(word) > _LISTED}
    db.executemany("INSERT OR IGNORE INTO vocabulary VALUES (?)", zip(long, strict=True))


def _spelled(line: Line, text: list[str]) -> str:
    return " ".join([*text, place(line.conversation)])


def _backlog(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT below FROM backlog").fetchone()[0])
