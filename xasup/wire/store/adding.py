"""Lines take their place in SQLite: in the table, in the index of words, at the end of their conversations, counted.

Refuses to know: whose they are, where they come from.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from xasup.wire.store.cells import row
from xasup.wire.store.rows import Line, Task
from xasup.wire.store.schema import TASKS
from xasup.wire.store.search import index


def append(db: sqlite3.Connection, added: Sequence[Line]) -> None:
    """The newest of all, in order. What is there already by (id, sender) is left as it is."""
    if not added:
        return
    db.executemany("INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(row, added))
    here = {seq for (seq,) in db.execute("SELECT seq FROM lines WHERE seq >= ?", (added[0].seq,))}
    placed(db, [line for line in added if line.seq in here])


def placed(db: sqlite3.Connection, added: Sequence[Line]) -> None:
    """They are in the table now, with these numbers."""
    open_ = [line for line in added if line.task is not Task.HELD]
    index(db, open_)
    _count(db, open_)


def next_seq(db: sqlite3.Connection) -> int:
    """One more than the newest line's."""
    return int(db.execute("SELECT coalesce(max(seq), 0) + 1 FROM lines").fetchone()[0])


def shown(db: sqlite3.Connection, conversation: str, read: Sequence[Line]) -> None:
    """These were unread, and are not any more."""
    if not read:
        return
    unread, first = db.execute("SELECT unread, first FROM threads WHERE conversation = ?", (conversation,)).fetchone()
    unread -= len(read)
    if unread and first <= read[-1].seq:
        first = _first(db, conversation, first)
    db.execute(
        "UPDATE threads SET unread = ?, first = ? WHERE conversation = ?",
        (unread, first if unread else 0, conversation),
    )


def _first(db: sqlite3.Connection, conversation: str, since: int) -> int:
    """The oldest unread line from *since* on."""
    found = db.execute(
        f"SELECT seq FROM {TASKS} WHERE task = ? AND task != 0 AND seq >= ? AND conversation = ? ORDER BY seq LIMIT 1",  # noqa: S608 - ours
        (Task.UNREAD, since, conversation),
    ).fetchone()
    return int(found[0]) if found else 0


def _count(db: sqlite3.Connection, added: Sequence[Line]) -> None:
    last, unread, first = dict[str, int](), Counter[str](), dict[str, int]()
    for line in added:
        last[line.conversation] = line.seq
        if line.task is Task.UNREAD:
            unread[line.conversation] += 1
            first.setdefault(line.conversation, line.seq)
    db.executemany(
        "INSERT INTO threads (conversation, n, last, unread, first) VALUES (?, 0, ?, ?, ?)"
        " ON CONFLICT (conversation) DO UPDATE SET last = excluded.last, unread = unread + excluded.unread,"
        " first = CASE WHEN first = 0 THEN excluded.first ELSE first END",
        [(name, seq, unread[name], first.get(name, 0)) for name, seq in last.items()],
    )
