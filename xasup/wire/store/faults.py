"""SQLite's errors and the system's as ours: what may heal by waiting, and what is damaged.

Refuses to know: what lies in the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from xasup.protocol.errors import Damaged, Unavailable

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NO_TEXT = "Could not decode to UTF-8"  # has no code of its own


class Broken(sqlite3.DatabaseError):
    """SQLite gave a row, and it is not what was written."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether waiting cannot heal it."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, Broken) or str(error).startswith(_NO_TEXT)
    return code & 0xFF in _DAMAGE


@contextmanager
def translated(name: object, advice: str = "") -> Iterator[None]:
    """As Unavailable, as Damaged where it is damage, naming the file. *advice*: what becomes of it then."""
    try:
        yield
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(f"{name} is damaged ({error})" + (f"; {advice}" if advice else "")) from error
        raise Unavailable(f"{name}: {error}") from error
    except OSError as error:
        raise Unavailable(f"{name}: {error.strerror}") from error


def check(db: sqlite3.Connection) -> None:
    """Look at every page. Raises Broken, or as SQLite does."""
    [first] = db.execute("PRAGMA integrity_check(1)").fetchone()
    if first != "ok":
        raise Broken(str(first).replace("\n", " "))
