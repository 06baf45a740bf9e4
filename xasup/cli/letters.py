"""Dead letters as values: which are settled, what settling one is, what the bridge would make of one now.

The log is never changed, so that a letter is settled is a record of its own in the same shard: `ce_type` is
xasup.dead-letter.settled, the value {"position","how"}. Refuses to know: commands, how the log is read.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from datetime import datetime
from enum import StrEnum

from bridge.sorter import Sorter
from bridge.ways import Ways
from bridge.window import Window
from xasup.cli.log_lines import header
from xasup.protocol import codec
from xasup.protocol.errors import Malformed, Refused
from xasup.protocol.streams import SPEC_VERSION, Header, Stream, Type
from xasup.wire.log.port import Entry, Position, Record

_CUT = re.compile(r"the first \d+ of \d+ bytes are kept$")


class How(StrEnum):
    """How a letter was settled."""

    RETRIED = "retried"  # it is in its stream now
    DROPPED = "dropped"


class Settled:
    """Positions, in a temporary file (of SQLite, which removes it), so that any number takes little memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE settled (position TEXT PRIMARY KEY, how TEXT NOT NULL) WITHOUT ROWID")

    def note(self, entry: Entry) -> None:
        """Where *entry* says that a letter is settled; what is not ours in it says nothing."""
        if header(entry, Header.TYPE) != Type.SETTLED:
            return
        with suppress(Malformed):
            fields = codec.decode_object(entry.value)
            settled = (str(fields.get("position")), str(fields.get("how")))
            self._db.execute("INSERT OR REPLACE INTO settled VALUES (?, ?)", settled)

    def how(self, position: Position) -> str:
        """ "" where it is not."""
        row = self._db.execute("SELECT how FROM settled WHERE position = ?", (str(position),)).fetchone()
        return str(row[0]) if row else ""


def is_letter(entry: Entry) -> bool:
    """What settles one lies in the same stream."""
    return header(entry, Header.TYPE) != Type.SETTLED


def topic_of(letter: Entry) -> str:
    """Where it was published, as it can be shown."""
    return header(letter, Header.SUBJECT) or letter.key.decode(errors="backslashreplace")


def settlement(letter: Entry, how: How, id: str, time: bytes) -> Record:
    """To be appended. *time*: RFC 3339."""
    headers = {
        Header.SPEC: SPEC_VERSION.encode(),
        Header.ID: id.encode(),
        Header.SOURCE: b"admin",
        Header.TYPE: Type.SETTLED.encode(),
        Header.TIME: time,
        Header.SUBJECT: letter.headers.get(Header.SUBJECT, letter.key),
    }
    value = codec.encode({"position": str(letter.position), "how": how})
    return Record(Stream.DEAD_LETTERS, letter.key, value, [(str(name), text) for name, text in headers.items()])


def again(letter: Entry, id: str) -> Record:
    """What the bridge would append for the same publish today, with the time when it came. *id*: where it has none.
    Raises Refused where that would be a dead letter again."""
    if _CUT.search(header(letter, Header.REASON)):
        raise Refused("it is not whole: only its beginning was kept")
    sorter = Sorter(Ways(header(letter, Header.SOURCE)), Window(1), lambda _: id)
    topic = letter.headers.get(Header.SUBJECT, letter.key)
    batch = sorter.sort([(topic, letter.value, 0)], _time_of(letter), 0.0)
    if batch.rejected:
        raise Refused(f"it is still not understood: {batch.rejected[0].error}")
    if not batch.records:
        raise Refused("there is nothing in it to keep")
    return batch.records[0]


def same(record: Record, entry: Entry) -> bool:
    """Whether *entry* is the message that *record* is. Raises Refused where it has its id, and says something else."""
    headers = dict(record.headers)
    identity = (str(Header.FROM), str(Header.ID))
    if any(entry.headers.get(name) != headers.get(name) for name in identity):
        return False
    if (entry.value, entry.headers.get(Header.SUBJECT)) != (record.value, headers.get(Header.SUBJECT)):
        raise Refused(f"its id is taken by another message of its sender, at {entry.position}")
    return True


def _time_of(letter: Entry) -> int:
    try:
        return int(datetime.fromisoformat(header(letter, Header.TIME)).timestamp() * 1000)
    except ValueError:
        return letter.at
