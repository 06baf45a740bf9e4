"""The lines of conversations in SQLite: to look at, and as they come in. SQL for the ports History and Inbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from xasup.protocol.states import State
from xasup.wire.store import adding
from xasup.wire.store.cells import among, lines, sum_of
from xasup.wire.store.rows import Arrival, Line, Task, Thread
from xasup.wire.store.schema import ONCE, TASKS


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

    def page_after(self, conversation: str, after: int, limit: int) -> list[Line]:
        rows = self._db.execute(
            "SELECT * FROM lines WHERE conversation = ? AND seq > ? AND task != ? ORDER BY seq LIMIT ?",
            (conversation, after, Task.HELD, limit),
        )
        return lines(rows)

    def newest(self) -> int:
        return adding.next_seq(self._db) - 1

    def threads(self) -> list[Thread]:
        rows = self._db.execute(
            "SELECT lines.*, threads.unread, threads.first FROM threads JOIN lines ON lines.seq = threads.last"
            " ORDER BY lines.seq DESC"
        ).fetchall()
        newest = lines(row[:-2] for row in rows)
        return [
            Thread(line.conversation, line, unread, first or None)
            for line, (*_, unread, first) in zip(newest, rows, strict=True)
        ]

    def find(self, ids: Iterable[str]) -> list[Line]:
        some, wanted = among(ids)
        return lines(self._db.execute(f"SELECT * FROM lines WHERE id IN {some} ORDER BY seq", wanted))  # noqa: S608 - ours


class SqliteInbox:
    """See Inbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, arrivals: Sequence[Arrival]) -> list[Line]:
        first = adding.next_seq(self._db)
        added = [
            Line(seq, it.conversation, it.sender, it.id, it.payload, it.at, it.state, "", it.task)
            for seq, it in enumerate(arrivals, first)
        ]
        adding.append(self._db, added)
        return added

    def tasked(self, task: Task, limit: int) -> list[Line]:
        return lines(
            self._db.execute(f"SELECT * FROM {TASKS} WHERE task = ? AND task != 0 ORDER BY seq LIMIT ?", (task, limit))  # noqa: S608 - ours
        )

    def release(self, me: str, held: Sequence[Line]) -> list[Line]:
        first = adding.next_seq(self._db)
        placed = [
            line._replace(seq=seq, task=Task.NONE if line.sender == me else Task.UNREAD)
            for seq, line in enumerate(held, first)
        ]
        self._db.executemany(
            "UPDATE lines SET seq = ?, task = ?, sum = ? WHERE seq = ?",
            [(new.seq, new.task, sum_of(new), old.seq) for new, old in zip(placed, held, strict=True)],
        )
        adding.placed(self._db, placed)
        return placed

    def shown(self, conversation: str, ids: Iterable[str], then: Task) -> list[Line]:
        some, wanted = among(ids)
        found = lines(
            self._db.execute(
                f"SELECT * FROM {ONCE} WHERE id IN {some} AND conversation = ? AND task = ?"  # noqa: S608 - ours
                " ORDER BY seq",
                (*wanted, conversation, Task.UNREAD),
            )
        )
        self._db.executemany(
            "UPDATE lines SET state = ?, task = ? WHERE seq = ?", [(State.READ, then, line.seq) for line in found]
        )
        adding.shown(self._db, conversation, found)
        return [line._replace(state=State.READ, task=then) for line in found]

    def told(self, sender: str, ids: Iterable[str]) -> None:
        some, wanted = among(ids)
        self._db.execute(
            f"UPDATE {ONCE} SET task = ? WHERE id IN {some} AND sender = ? AND task = ?",  # noqa: S608 - ours
            (Task.NONE, *wanted, sender, Task.OWED),
        )
