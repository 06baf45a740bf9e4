"""The lines of conversations in SQLite: to look at, and as they come in. SQL for the ports History and Inbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from xasup.protocol import codec
from xasup.protocol.states import State
from xasup.wire.store.rows import Arrival, Line, Task, Thread

_STATES, _TASKS = {state.value: state for state in State}, {task.value: task for task in Task}


class SqliteHistory:
    """See History."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def page(self, conversation: str, before: int | None, limit: int) -> list[Line]:
        rows = self._db.execute(
            "SELECT * FROM lines WHERE conversation = ? AND seq < ? AND task != ? ORDER BY seq DESC LIMIT ?",
            (conversation, before if before is not None else 1 << 62, Task.HELD, limit),
        )
        return lines(rows)[::-1]

    def threads(self) -> list[Thread]:
        unread: dict[str, int] = dict(
            self._db.execute(
                "SELECT conversation, count(*) FROM lines WHERE task = ? AND task != 0 GROUP BY conversation",
                (Task.UNREAD,),
            )
        )
        newest = lines(
            self._db.execute("SELECT * FROM lines WHERE seq IN (SELECT last FROM threads) ORDER BY seq DESC")
        )
        return [Thread(line.conversation, line, unread.get(line.conversation, 0)) for line in newest]

    def find(self, ids: Iterable[str]) -> list[Line]:
        return lines(
            self._db.execute(
                "SELECT * FROM lines WHERE id IN (SELECT value FROM json_each(?)) ORDER BY seq", (array(ids),)
            )
        )


class SqliteInbox:
    """See Inbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, arrivals: Sequence[Arrival]) -> list[Line]:
        first = next_seq(self._db)
        added = [
            Line(seq, it.conversation, it.sender, it.id, it.payload, it.at, it.state, "", it.task)
            for seq, it in enumerate(arrivals, first)
        ]
        insert(self._db, added)
        note_last(self._db, {line.conversation: line.seq for line in added if line.task is not Task.HELD})
        return added

    def tasked(self, task: Task, limit: int) -> list[Line]:
        return lines(
            self._db.execute("SELECT * FROM lines WHERE task = ? AND task != 0 ORDER BY seq LIMIT ?", (task, limit))
        )

    def release(self, me: str, held: Sequence[Line]) -> list[Line]:
        first = next_seq(self._db)
        placed = [
            line._replace(seq=seq, task=Task.NONE if line.sender == me else Task.UNREAD)
            for seq, line in enumerate(held, first)
        ]
        self._db.executemany(
            "UPDATE lines SET seq = ?, task = ? WHERE seq = ?",
            [(new.seq, new.task, old.seq) for new, old in zip(placed, held, strict=True)],
        )
        note_last(self._db, {line.conversation: line.seq for line in placed})
        return placed

    def shown(self, conversation: str, ids: Iterable[str], then: Task) -> list[Line]:
        found = lines(
            self._db.execute(
                "SELECT * FROM lines INDEXED BY lines_once WHERE id IN (SELECT value FROM json_each(?))"
                " AND conversation = ? AND task = ? ORDER BY seq",
                (array(ids), conversation, Task.UNREAD),
            )
        )
        self._db.executemany(
            "UPDATE lines SET state = ?, task = ? WHERE seq = ?", [(State.READ, then, line.seq) for line in found]
        )
        return [line._replace(state=State.READ, task=then) for line in found]

    def told(self, sender: str, ids: Iterable[str]) -> None:
        self._db.execute(
            "UPDATE lines SET task = ? WHERE id IN (SELECT value FROM json_each(?)) AND sender = ? AND task = ?",
            (Task.NONE, array(ids), sender, Task.OWED),
        )


def lines(rows: Iterable[tuple[Any, ...]]) -> list[Line]:
    """Whole rows as values."""
    return [
        Line(seq, conversation, sender, id, payload, at, _STATES[state], reason, _TASKS[task])
        for seq, conversation, sender, id, payload, at, state, reason, task in rows
    ]


def insert(db: sqlite3.Connection, added: Sequence[Line]) -> None:
    """What is there already by (id, sender) is left as it is."""
    db.executemany("INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", added)


def next_seq(db: sqlite3.Connection) -> int:
    """One more than the newest line's."""
    return int(db.execute("SELECT coalesce(max(seq), 0) + 1 FROM lines").fetchone()[0])


def note_last(db: sqlite3.Connection, newest: dict[str, int]) -> None:
    """The newest line of these conversations."""
    db.executemany(
        "INSERT INTO threads VALUES (?, 0, ?) ON CONFLICT (conversation) DO UPDATE SET last = excluded.last",
        newest.items(),
    )


def array(ids: Iterable[str]) -> str:
    """For json_each."""
    return codec.encode(list(ids)).decode()
