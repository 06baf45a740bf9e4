"""Lines of mine in SQLite: numbered, encoded, followed until they have arrived. SQL for the port Outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from xasup.protocol import envelope
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State, advance, settled
from xasup.wire.store.lines import array, insert, lines, next_seq, note_last
from xasup.wire.store.rows import Draft, Line, News, Task


class SqliteOutbox:
    """See Outbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def compose(self, me: str, drafts: Sequence[Draft]) -> list[Line]:
        numbers = {
            conversation: self._number(conversation) for conversation in {draft.conversation for draft in drafts}
        }
        composed = []
        for seq, draft in enumerate(drafts, next_seq(self._db)):
            numbers[draft.conversation] += 1
            payload = encode(draft, numbers[draft.conversation])
            composed.append(
                Line(seq, draft.conversation, me, draft.id, payload, draft.ts, State.SENDING, "", Task.OUTBOX)
            )
        insert(self._db, composed)
        note_last(self._db, {line.conversation: line.seq for line in composed})
        self._db.executemany(
            "UPDATE threads SET n = ? WHERE conversation = ?", [(n, name) for name, n in numbers.items()]
        )
        return composed

    def waiting(self, state_sent: bool, after: int, limit: int) -> list[Line]:
        rows = self._db.execute(
            "SELECT * FROM lines WHERE task = ? AND task != 0 AND (state != ?) = ? AND seq > ? ORDER BY seq LIMIT ?",
            (Task.OUTBOX, State.SENDING, state_sent, after, limit),
        )
        return lines(rows)

    def advance(self, me: str, news: Iterable[News]) -> list[Line]:
        by_id: dict[str, list[News]] = {}
        for item in news:
            by_id.setdefault(item.id, []).append(item)
        rows = self._db.execute(
            "SELECT * FROM lines WHERE id IN (SELECT value FROM json_each(?)) AND sender = ? ORDER BY seq",
            (array(by_id), me),
        )
        changed = [after for line in lines(rows) if (after := _apply(line, by_id[line.id])) != line]
        self._db.executemany(
            "UPDATE lines SET state = ?, reason = ?, task = ? WHERE seq = ?",
            [(line.state, line.reason, line.task, line.seq) for line in changed],
        )
        return changed

    def offer_again(self, me: str, id: str) -> Line | None:
        line = self._mine(me, id)
        if line is None or line.state is not State.REFUSED:
            return None
        again = line._replace(state=State.SENDING, reason="", task=Task.OUTBOX)
        self._db.execute(
            "UPDATE lines SET state = ?, reason = ?, task = ? WHERE seq = ?",
            (again.state, again.reason, again.task, again.seq),
        )
        return again

    def discard(self, me: str, id: str) -> Line | None:
        line = self._mine(me, id)
        if line is None or line.state not in (State.REFUSED, State.SENDING):
            return None
        self._db.execute("DELETE FROM lines WHERE seq = ?", (line.seq,))
        last = self._db.execute("SELECT max(seq) FROM lines WHERE conversation = ?", (line.conversation,)).fetchone()[0]
        note_last(self._db, {line.conversation: last or 0})
        return line

    def _mine(self, me: str, id: str) -> Line | None:
        found = lines(self._db.execute("SELECT * FROM lines WHERE id = ? AND sender = ?", (id, me)))
        return found[0] if found else None

    def _number(self, conversation: str) -> int:
        row = self._db.execute("SELECT n FROM threads WHERE conversation = ?", (conversation,)).fetchone()
        return int(row[0]) if row else 0


def encode(draft: Draft, n: int) -> bytes:
    """Raises Malformed (the caller has tried it with the largest *n* before)."""
    re = MessageId(draft.re) if draft.re is not None else None
    return envelope.encode(envelope.Message(MessageId(draft.id), draft.ts, draft.text, n, re, draft.src))


def _apply(line: Line, news: Iterable[News]) -> Line:
    for item in news:
        if item.conversation is not None and item.conversation != line.conversation:
            continue
        state = advance(line.state, item.state)
        if state is not line.state:
            line = line._replace(state=state, reason=item.reason)
    if line.task is Task.OUTBOX and (settled(line.state) or _stored_of_group(line)):
        line = line._replace(task=Task.NONE)
    return line


def _stored_of_group(line: Line) -> bool:
    """A group gives no receipts: when the log has it, nothing more is to be waited for."""
    return line.state is State.STORED and line.conversation.startswith("g:")
