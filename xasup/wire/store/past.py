"""How complete a device is, in SQLite: its position in history, the numbers shown, what was matched. SQL for Past."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from xasup.wire.store.cells import sealed, unsealed
from xasup.wire.store.rows import Lane

_LOCAL = "~%"  # ids of lines that their sender gave none
_RECENT = 5000  # lines among which one is looked for


class SqlitePast:
    """See Past."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def position(self) -> str:
        row = self._db.execute("SELECT position FROM past").fetchone()
        return unsealed(row[0]) or "" if row else ""  # what is in doubt is asked for again

    def reached(self, position: str) -> None:
        self._db.execute("DELETE FROM past")
        self._db.execute("INSERT INTO past VALUES (?)", (sealed(position),))

    def counts(self, lanes: Iterable[Lane]) -> dict[Lane, int]:
        found = {}
        for lane in set(lanes):
            row = self._db.execute(
                "SELECT n FROM counts WHERE conversation = ? AND sender = ? AND src = ?", lane
            ).fetchone()
            if row:
                found[lane] = int(row[0])
        return found

    def count(self, newest: Mapping[Lane, int]) -> None:
        self._db.executemany(
            "INSERT INTO counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = max(n, excluded.n)",
            [(*lane, n) for lane, n in newest.items()],
        )

    def match(self, conversation: str, sender: str, payload: bytes, at: int, within: int) -> bool:
        row = self._db.execute(
            "SELECT seq FROM (SELECT * FROM lines WHERE conversation = ? ORDER BY seq DESC LIMIT ?)"
            " WHERE sender = ? AND payload = ? AND id LIKE ? AND at BETWEEN ? AND ?"
            " AND seq NOT IN (SELECT seq FROM matched) ORDER BY abs(at - ?) LIMIT 1",
            (conversation, _RECENT, sender, payload, _LOCAL, at - within, at + within, at),
        ).fetchone()
        if row is None:
            return False
        self._db.execute("INSERT INTO matched VALUES (?)", row)
        return True
