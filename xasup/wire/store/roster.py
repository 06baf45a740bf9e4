"""Contacts, groups and unanswered requests in SQLite. SQL for the ports Roster and Requests."""

from __future__ import annotations

import sqlite3

from xasup.wire.store.rows import ContactRow, GroupRow, RequestRow


class SqliteRoster:
    """See Roster."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def contacts(self) -> list[ContactRow]:
        return [ContactRow(*row) for row in self._db.execute("SELECT * FROM contacts ORDER BY user")]

    def groups(self) -> list[GroupRow]:
        return [GroupRow(*row) for row in self._db.execute("SELECT * FROM groups ORDER BY id")]

    def put_contact(self, row: ContactRow) -> bool:
        known = self._db.execute("SELECT * FROM contacts WHERE user = ?", (row.user,)).fetchone()
        if known is not None and (known == row or ContactRow(*known).ts > row.ts):
            return False
        self._db.execute("INSERT OR REPLACE INTO contacts VALUES (?, ?, ?, ?, ?)", row)
        return True

    def put_group(self, row: GroupRow) -> bool:
        known = self._db.execute("SELECT * FROM groups WHERE id = ?", (row.group,)).fetchone()
        if known is not None and (known == row or GroupRow(*known).ts > row.ts):
            return False
        self._db.execute("INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?)", row)
        return True

    def rename_group(self, group: str, name: str, ts: int) -> GroupRow | None:
        known = self._db.execute("SELECT * FROM groups WHERE id = ?", (group,)).fetchone()
        if known is None or not self.put_group(renamed := GroupRow(*known)._replace(name=name, ts=ts)):
            return None
        return renamed

    def drop_contact(self, user: str) -> None:
        self._db.execute("DELETE FROM contacts WHERE user = ?", (user,))

    def drop_group(self, group: str) -> None:
        self._db.execute("DELETE FROM groups WHERE id = ?", (group,))


class SqliteRequests:
    """See Requests."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put(self, row: RequestRow) -> None:
        self._db.execute("INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)", row)

    def drop(self, id: str) -> None:
        self._db.execute("DELETE FROM requests WHERE id = ?", (id,))

    def all(self) -> list[RequestRow]:
        return [RequestRow(*row) for row in self._db.execute("SELECT * FROM requests ORDER BY rowid")]
