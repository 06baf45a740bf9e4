"""What the device's owner decided, in SQLite: about conversations, and preferences. SQL for the port Choices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from xasup.wire.store.cells import among
from xasup.wire.store.rows import Task, TraitsRow
from xasup.wire.store.schema import TASKS


class SqliteChoices:
    """See Choices."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> list[TraitsRow]:
        return [_row(found) for found in self._db.execute("SELECT * FROM traits ORDER BY conversation")]

    def of(self, conversation: str) -> TraitsRow:
        found = self._db.execute("SELECT * FROM traits WHERE conversation = ?", (conversation,)).fetchone()
        return _row(found) if found else TraitsRow(conversation)

    def put(self, row: TraitsRow) -> bool:
        if row == self.of(row.conversation):
            return False
        if row == TraitsRow(row.conversation):
            self._db.execute("DELETE FROM traits WHERE conversation = ?", (row.conversation,))
        else:
            self._db.execute("INSERT OR REPLACE INTO traits VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return True

    def unarchive(self, conversations: Iterable[str]) -> list[str]:
        some, wanted = among(conversations)
        rows = self._db.execute(
            f"SELECT * FROM traits WHERE conversation IN {some} AND archived AND NOT muted",  # noqa: S608 - ours
            wanted,
        ).fetchall()
        back = [_row(found) for found in rows]
        for row in back:
            self.put(row._replace(archived=False))
        return [row.conversation for row in back]

    def preferences(self) -> bytes:
        row = self._db.execute("SELECT payload FROM preferences").fetchone()
        return bytes(row[0]) if row else b"{}"

    def prefer(self, payload: bytes) -> None:
        self._db.execute("DELETE FROM preferences")
        self._db.execute("INSERT INTO preferences VALUES (?)", (payload,))

    def hush(self) -> None:
        self._db.execute(f"UPDATE {TASKS} SET task = ? WHERE task = ? AND task != 0", (Task.QUIET, Task.OWED))  # noqa: S608 - ours


def _row(found: tuple[str, int, int, int, int, str, int]) -> TraitsRow:
    conversation, *decided, draft, stop = found
    pinned, muted, archived, marked = (bool(it) for it in decided)
    return TraitsRow(conversation, pinned, muted, archived, marked, draft, stop)
