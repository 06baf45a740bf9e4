"""Lines of mine in SQLite: numbered, encoded, followed until they have arrived. SQL for the port Outbox."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from xasup.protocol import envelope
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State, advance, settled
from xasup.wire.store import adding
from xasup.wire.store.cells import among, lines, sum_of
from xasup.wire.store.rows import Draft, Line, News, Task
from xasup.wire.store.schema import OPEN, TASKS
from xasup.wire.store.search import index, unindex


class SqliteOutbox:
    """See Outbox."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def compose(self, me: str, drafts: Sequence[Draft]) -> list[Line]:
        numbers = {
            conversation: self._number(conversation, me, src)
            for conversation, src in {(draft.conversation, draft.src) for draft in drafts}
        }
        lows = {conversation: self._open(conversation) or n + 1 for conversation, n in numbers.items()}
        composed = []
        for seq, draft in enumerate(drafts, adding.next_seq(self._db)):
            numbers[draft.conversation] += 1
            payload = encode(draft, numbers[draft.conversation], lows[draft.conversation])
            composed.append(
                Line(seq, draft.conversation, me, draft.id, payload, draft.ts, State.SENDING, "", Task.OUTBOX)
            )
        adding.append(self._db, composed)
        self._db.executemany(
            "UPDATE threads SET n = ? WHERE conversation = ?", [(n, name) for name, n in numbers.items()]
        )
        return composed

    def waiting(self, state_sent: bool, after: int, limit: int) -> list[Line]:
        rows = self._db.execute(
            f"SELECT * FROM {TASKS} WHERE task = ? AND task != 0 AND (state != ?) = ? AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 - ours
            (Task.OUTBOX, State.SENDING, state_sent, after, limit),
        )
        return lines(rows)

    def advance(self, me: str, news: Iterable[News]) -> list[Line]:
        news, by_id = list(news), dict[str, list[News]]()
        for item in news:
            by_id.setdefault(item.id, []).append(item)
        some, wanted = among(by_id)
        rows = self._db.execute(
            f"SELECT * FROM lines WHERE id IN {some} AND sender = ? ORDER BY seq",  # noqa: S608 - ours
            (*wanted, me),
        )
        changed = [after for line in lines(rows) if (after := _apply(line, by_id[line.id])) != line]
        self._db.executemany(
            "UPDATE lines SET state = ?, reason = ?, task = ? WHERE seq = ?",
            [(line.state, line.reason, line.task, line.seq) for line in changed],
        )
        unseen = {item.id for item in news if item.unseen}
        self._db.executemany(
            "INSERT OR IGNORE INTO unseen VALUES (?)",
            [(line.seq,) for line in changed if line.state is State.REFUSED and line.id in unseen],
        )
        return changed

    def mine(self, me: str, id: str) -> Line | None:
        found = lines(self._db.execute("SELECT * FROM lines WHERE id = ? AND sender = ?", (id, me)))
        return found[0] if found else None

    def offer_again(self, me: str, id: str) -> Line | None:
        line = self.mine(me, id)
        if line is None or line.state is not State.REFUSED:
            return None
        again = line._replace(state=State.SENDING, reason="", task=Task.OUTBOX)
        self._db.execute(
            "UPDATE lines SET state = ?, reason = ?, task = ? WHERE seq = ?",
            (again.state, again.reason, again.task, again.seq),
        )
        self._db.execute("DELETE FROM unseen WHERE seq = ?", (again.seq,))
        return again

    def discard(self, me: str, id: str) -> Line | None:
        line = self.mine(me, id)
        if line is None or line.state not in (State.REFUSED, State.SENDING):
            return None
        unindex(self._db, line)
        self._db.execute("DELETE FROM lines WHERE seq = ?", (line.seq,))
        self._db.execute("DELETE FROM unseen WHERE seq = ?", (line.seq,))
        self._db.execute(
            "UPDATE threads SET last = coalesce("
            "(SELECT max(seq) FROM lines WHERE conversation = threads.conversation AND task != ?), 0)"
            " WHERE conversation = ?",
            (Task.HELD, line.conversation),
        )
        return line

    def unseen(self, me: str, id: str) -> bool:
        line = self.mine(me, id)
        return line is not None and self._is_unseen(line)

    def rewrite(self, me: str, id: str, new_id: str, text: str) -> Line | None:
        line = self.mine(me, id)
        if line is None or (line.state is not State.SENDING and not self._is_unseen(line)):
            return None
        written = envelope.decode(line.payload)
        if not isinstance(written, envelope.Message):
            return None  # not of this device
        payload = envelope.encode(replace(written, id=MessageId(new_id), text=text))
        new = line._replace(id=new_id, payload=payload, state=State.SENDING, reason="", task=Task.OUTBOX)
        unindex(self._db, line)
        self._db.execute(
            "UPDATE lines SET id = ?, payload = ?, state = ?, reason = '', task = ?, sum = ? WHERE seq = ?",
            (new.id, new.payload, new.state, new.task, sum_of(new), new.seq),
        )
        self._db.execute("DELETE FROM unseen WHERE seq = ?", (new.seq,))
        index(self._db, [new])
        return new

    def _is_unseen(self, line: Line) -> bool:
        noted = self._db.execute("SELECT 1 FROM unseen WHERE seq = ?", (line.seq,)).fetchone()
        return noted is not None and line.state is State.REFUSED

    def _number(self, conversation: str, me: str, src: str) -> int:
        """The last one. Where this file is a new one in the place of another, history may have told of higher ones."""
        row = self._db.execute(
            "SELECT max(n) FROM (SELECT n FROM threads WHERE conversation = ?"
            " UNION ALL SELECT n FROM counts WHERE conversation = ? AND sender = ? AND src = ?)",
            (conversation, conversation, me, src),
        ).fetchone()
        return int(row[0] or 0)

    def _open(self, conversation: str) -> int:
        """The lowest number there that may not be stored yet, and is not given up; 0 for none. A message keeps its
        place with its number, so it is the oldest one's."""
        row = self._db.execute(
            f"SELECT payload FROM lines INDEXED BY lines_open WHERE conversation = ? AND {OPEN} ORDER BY seq LIMIT 1",  # noqa: S608 - words of ours
            (conversation,),
        ).fetchone()
        written = envelope.decode(row[0]) if row else None
        return written.n if isinstance(written, envelope.Message) else 0


def encode(draft: Draft, n: int, low: int) -> bytes:
    """Raises Malformed (the caller has tried it with the largest numbers before)."""
    re = MessageId(draft.re) if draft.re is not None else None
    return envelope.encode(envelope.Message(MessageId(draft.id), draft.ts, draft.text, n, re, draft.src, low))


def _apply(line: Line, news: Iterable[News]) -> Line:
    for item in news:
        if item.conversation is not None and item.conversation != line.conversation:
            continue
        before, state = line.state, advance(line.state, item.state)
        if state is not before:
            line = line._replace(state=state, reason=item.reason)
        # A group gives no receipts: when the log has it, nothing more is to be waited for.
        if settled(before, item.state) or (line.state is State.STORED and line.conversation.startswith("g:")):
            line = line._replace(task=Task.NONE if line.task is Task.OUTBOX else line.task)
    return line
