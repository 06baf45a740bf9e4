"""Looks through a device's file from outside, while the device may use it. Changes nothing.

Refuses to know: what the lines prove.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.ids import ClientId
from xasup.wire.store.cells import lines
from xasup.wire.store.faults import translated
from xasup.wire.store.rows import Line, Task

_PATIENCE = 5.0  # seconds for a file that is in use
_PAGE = 500  # lines in memory


def survey(path: Path) -> Iterator[tuple[ClientId, Line]]:
    """All lines in *path*, with whose file it is. Raises Unavailable; Malformed for a file that is none of a device."""
    return _looked(path, "SELECT * FROM lines ORDER BY seq")


def conversation(path: Path, key: str) -> Iterator[tuple[ClientId, Line]]:
    """The same for one conversation, without what is held back."""
    wanted = "SELECT * FROM lines WHERE conversation = ? AND task != ? ORDER BY seq"
    return _looked(path, wanted, key, Task.HELD)


def _looked(path: Path, query: str, *values: object) -> Iterator[tuple[ClientId, Line]]:
    if not path.is_file():
        raise Unavailable(f"{path}: there is no such file")
    with translated(str(path)), closing(sqlite3.connect(path, _PATIENCE)) as connection:
        connection.execute("PRAGMA query_only = ON")
        client = _owner(connection, path)
        rows = connection.execute(query, values)
        while some := lines(rows.fetchmany(_PAGE)):
            for line in some:
                yield client, line


def _owner(connection: sqlite3.Connection, path: Path) -> ClientId:
    try:
        row = connection.execute("SELECT client FROM device").fetchone()
    except sqlite3.DatabaseError:
        row = None
    if row is None:
        raise Malformed(f"{path}: expected the file of a device")
    return ClientId.parse(row[0])
