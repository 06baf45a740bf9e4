"""The file of a history service, copied while the service fills it; and made another store, once it was put back.

Refuses to know: where copies are kept.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import Shard
from xasup.wire.mailboxes.sqlite import open_lookup

_PATIENCE = 30.0  # seconds for a file that is in use


def copy(path: Path, to: Path) -> Mapping[Shard, str]:
    """*to* holds all of *path* as it is at one moment. Returns how far into the log that reaches. Raises
    Unavailable."""
    open_lookup(path).close()  # it is a history's, and of a layout that we know
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path, _PATIENCE)) as source, closing(sqlite3.connect(to)) as target:
            source.execute("PRAGMA query_only = ON")
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            rows = target.execute("SELECT stream, shard, offset FROM cursor").fetchall()
    except sqlite3.Error as error:
        raise Unavailable(f"{path}: {error}") from error
    except OSError as error:
        raise Unavailable(f"{to}: {error.strerror}") from error
    return {Shard(stream, shard): offset for stream, shard, offset in rows}


def renew(path: Path, generation: str) -> None:
    """Devices that have seen more than *path* holds begin anew with it: their positions are of another *generation*.
    Raises Unavailable."""
    try:
        with closing(sqlite3.connect(path)) as store, store:
            store.execute("UPDATE meta SET generation = ?", (generation,))
    except sqlite3.Error as error:
        raise Unavailable(f"{path}: {error}") from error
