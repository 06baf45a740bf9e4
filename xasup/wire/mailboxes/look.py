"""Looks at all that history keeps: each page, each letter with its sum. Refuses to know: files, who wants to know."""

from __future__ import annotations

import sqlite3

from xasup.wire.mailboxes import sums
from xasup.wire.store.faults import Broken, check

_LETTERS = (
    "SELECT l.seq, l.id, t.topic, l.at, l.log, l.payload, l.sum FROM letters l LEFT JOIN topics t ON t.id = l.topic"
    " WHERE l.sum IS NOT NULL"
)


def look(db: sqlite3.Connection) -> None:
    """Raises Broken, or as SQLite does."""
    check(db)
    head, newest = db.execute("SELECT head, (SELECT max(seq) FROM letters) FROM meta").fetchone()
    if head < (newest or 0):
        raise Broken("the newest place is not what was written")
    for seq, id, topic, at, log, payload, told in db.execute(_LETTERS):
        sums.require(told, sums.of_letter(seq, id, str(topic), at, log, payload), f"letter {seq}")
