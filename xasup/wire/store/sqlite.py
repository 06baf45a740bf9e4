"""A device's store in one SQLite file (or in memory). The one file that opens it, and that translates its errors."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId
from xasup.wire.store.lines import SqliteHistory, SqliteInbox
from xasup.wire.store.lock import FileLock
from xasup.wire.store.outbox import SqliteOutbox
from xasup.wire.store.past import SqlitePast
from xasup.wire.store.roster import SqliteRequests, SqliteRoster
from xasup.wire.store.schema import MIGRATIONS, PRAGMAS, SCHEMA, VERSION


class SqliteStore:
    """See DeviceStore. Made by open_file() or open_memory()."""

    def __init__(self, connection: sqlite3.Connection, name: str, lock: FileLock | None = None) -> None:
        self._connection, self._name, self._lock = connection, name, lock
        self.history = SqliteHistory(connection)
        self.inbox = SqliteInbox(connection)
        self.outbox = SqliteOutbox(connection)
        self.roster = SqliteRoster(connection)
        self.requests = SqliteRequests(connection)
        self.past = SqlitePast(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with translated(self._name):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def limit(self, pages: int) -> None:
        """Let the file grow to at most *pages* of 4 KiB; beyond it the store says that the disk is full."""
        self._connection.execute(f"PRAGMA max_page_count = {int(pages)}")

    def close(self) -> None:
        try:
            with translated(self._name):
                self._connection.close()
        finally:
            if self._lock is not None:
                self._lock.release()


def open_file(path: Path, client: ClientId) -> SqliteStore:
    """The store of *client* in *path*, made if missing, readable by its owner alone. Raises Unavailable: in use by
    another process, another device's file, no room, no permission, damaged."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(path)
    except OSError as error:
        raise Unavailable(f"{path.parent}: {error.strerror}") from None
    try:
        with translated(str(path)):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            connection = _connect(str(path), client)
        return SqliteStore(connection, str(path), lock)
    except BaseException:
        lock.release()
        raise


def open_memory(client: ClientId) -> SqliteStore:
    """The memory twin: gone when closed."""
    return SqliteStore(_connect(":memory:", client), "memory")


@contextmanager
def translated(name: str) -> Iterator[None]:
    """SQLite's and the system's errors as Unavailable, naming the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(f"{name}: {error}") from error
    except OSError as error:
        raise Unavailable(f"{name}: {error.strerror}") from error


def _connect(path: str, client: ClientId) -> sqlite3.Connection:
    # One thread uses it at a time (the engine's journal), though not always the one that opened it.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _prepare(connection, path, client)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str, client: ClientId) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if 0 < version < VERSION:
        steps = "".join(MIGRATIONS[step] for step in range(version, VERSION))
        connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION};")
        connection.execute("INSERT INTO device VALUES (?)", (str(client),))
        connection.execute("COMMIT")
    elif version != VERSION:
        raise Unavailable(f"{path}: written by a newer xasup (schema {version}, this one reads {VERSION}); update it")
    owner = connection.execute("SELECT client FROM device").fetchone()
    if owner is None or owner[0] != str(client):
        raise Unavailable(f"{path}: belongs to {owner[0] if owner else 'nobody'}, not to {client}")
