"""A store in memory that can be made new again: the statements that SQLite has prepared for it, which cost more than
most of what they do, stay. Refuses to know: what the tables mean.
"""

from __future__ import annotations

from xasup.protocol.errors import Damaged, Unavailable
from xasup.protocol.ids import ClientId
from xasup.wire.store.sqlite import SqliteStore, open_memory

_PLENTY = 1 << 30  # pages
_PLAIN = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'found%'"


class BlankStore(SqliteStore):
    """As open_memory() gives it, and again after wiped()."""

    def __init__(self, client: ClientId) -> None:
        db = open_memory(client)._connection
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("VACUUM")  # else it would not count
        super().__init__(db, "memory")
        tables = [name for (name,) in db.execute(_PLAIN).fetchall()]
        self._rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608 - ours
        self._pages = self._size()

    def wiped(self) -> bool:
        """Everything that was written is gone, with the room that it took. False where that cannot be: then another one
        is to be made."""
        db = self._connection
        self.limit(_PLENTY)
        try:
            with self.transaction():
                for table, rows in self._rows.items():
                    db.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
                    for row in rows:
                        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - ours
                db.execute("INSERT INTO found (found) VALUES ('delete-all')")
            db.executescript("PRAGMA incremental_vacuum")  # execute() would free one page
        except (Damaged, Unavailable):
            return False
        return self._size() == self._pages

    def _size(self) -> int:
        return int(self._connection.execute("PRAGMA page_count").fetchone()[0])
