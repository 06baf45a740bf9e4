"""Looks through what history keeps, all of it, while the service may fill it. Changes nothing.

Refuses to know: whose it is, what it proves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from xasup.protocol.errors import Unavailable

_PATIENCE = 5.0  # seconds for a file that is in use
_MESSAGES = "SELECT t.topic, l.id, l.log, l.at FROM letters l JOIN topics t ON t.id = l.topic WHERE l.id IS NOT NULL"


class Surveyed(NamedTuple):
    """A message: its *topic* and *id*, its position in the *log*, and when the bridge took it, in milliseconds since
    the epoch."""

    topic: str
    id: str
    log: str
    at: int


def survey(path: Path) -> Iterator[Surveyed]:
    """All messages in *path*; none where history has never run. Raises Unavailable."""
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(path, _PATIENCE)) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield from map(Surveyed._make, connection.execute(_MESSAGES))
    except sqlite3.Error as error:
        raise Unavailable(f"{path}: {error}") from error
