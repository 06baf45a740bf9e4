"""A device's file that is damaged: set aside, and what can be read of it and is nowhere else taken over into a new one.

That is what was on its way and what its owner decided; all else the history service has. A file that does not look like
one of ours is left where it is. Refuses to know: how a new file is made.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from xasup.protocol.errors import Damaged
from xasup.wire.aside import beside
from xasup.wire.store import adding
from xasup.wire.store.cells import lines
from xasup.wire.store.faults import Broken, check
from xasup.wire.store.rows import Line, Task

_MAGIC, _VERSION_AT = b"SQLite format 3\0", 60  # see the SQLite file format
_SMALL = 16 << 20  # bytes of a file that is looked at as a whole when it is opened: 0.1 s
_KEPT = {"traits": "?, ?, ?, ?, ?, ?, ?", "preferences": "?"}


def look(db: sqlite3.Connection, path: Path) -> None:
    """Whether a file that is not large is what was written. Raises Broken, or as SQLite does."""
    if path.stat().st_size <= _SMALL:
        check(db)
        for one in db.execute("SELECT * FROM lines"):
            lines([one])


def doubt(path: Path) -> Path:
    """Is there where somebody found *path* damaged while it was in use."""
    return path.with_name(path.name + ".doubt")


def distrust(path: Path) -> None:
    """Whoever opens *path* next shall know that it was found damaged."""
    with suppress(OSError):
        doubt(path).touch(0o600)


def require_no_doubt(path: Path) -> None:
    """Raises Damaged."""
    if doubt(path).exists():
        raise Damaged(f"{path} was found damaged when it was last in use")


def is_ours(path: Path, newest: int) -> bool:
    """Whether it is the file of a device, of a version that is known."""
    with path.open("rb") as file:
        head = file.read(100)
    return head.startswith(_MAGIC) and 0 < int.from_bytes(head[_VERSION_AT : _VERSION_AT + 4], "big") <= newest


def set_aside(path: Path) -> Path:
    """Where it is now, with what belongs to it."""
    aside = beside(path)
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    doubt(path).unlink(missing_ok=True)
    return aside


def take_over(aside: Path, db: sqlite3.Connection) -> int:
    """What can be read, into *db* in a transaction of its own. Returns how many messages were on their way."""
    with closing(sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro", uri=True)) as old:
        waiting = _on_their_way(old)
        db.execute("BEGIN IMMEDIATE")
        with suppress(sqlite3.Error):
            db.executemany(
                "INSERT OR IGNORE INTO threads VALUES (?, ?, 0, 0, 0)",
                old.execute("SELECT conversation, n FROM threads"),
            )
        for table, places in _KEPT.items():
            with suppress(sqlite3.Error):
                rows = old.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - ours
                db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({places})", rows)  # noqa: S608
        adding.append(db, [line._replace(seq=seq) for seq, line in enumerate(waiting, 1)])
        db.execute("COMMIT")
    return len(waiting)


def _on_their_way(old: sqlite3.Connection) -> list[Line]:
    """In their order, as far as the table can be read; the indices are not asked."""
    found = []
    with suppress(sqlite3.Error):
        for one in old.execute("SELECT * FROM lines NOT INDEXED WHERE task = ? ORDER BY seq", (Task.OUTBOX,)):
            with suppress(Broken):
                found += lines([one])
    return found
