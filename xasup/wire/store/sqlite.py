"""A device's store in one SQLite file (or in memory). The one file that opens it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from xasup.protocol.errors import Damaged, Unavailable
from xasup.protocol.ids import ClientId
from xasup.wire.store import repair
from xasup.wire.store.choices import SqliteChoices
from xasup.wire.store.faults import translated
from xasup.wire.store.lines import SqliteHistory, SqliteInbox
from xasup.wire.store.lock import FileLock
from xasup.wire.store.outbox import SqliteOutbox
from xasup.wire.store.past import SqlitePast
from xasup.wire.store.roster import SqliteRequests, SqliteRoster
from xasup.wire.store.schema import MIGRATIONS, PRAGMAS, SCHEMA, VERSION
from xasup.wire.store.search import SqliteSearch
from xasup.wire.store.transaction import Transaction

_ADVICE = "start again: it is set aside then, and history brings back what it has"
_EMPTY = "was cut down to nothing; history brings back what it has"
_FOREIGN = "move it away, if it is the file of this device: history brings back what it has"


class SqliteStore:
    """See DeviceStore. Made by open_file(), open_beside() or open_memory()."""

    def __init__(
        self, connection: sqlite3.Connection, name: str, lock: FileLock | None = None, remark: str = ""
    ) -> None:
        self._connection, self._name, self._lock, self.remark = connection, name, lock, remark
        self.history = SqliteHistory(connection)
        self.inbox = SqliteInbox(connection)
        self.outbox = SqliteOutbox(connection)
        self.roster = SqliteRoster(connection)
        self.requests = SqliteRequests(connection)
        self.past = SqlitePast(connection)
        self.search = SqliteSearch(connection)
        self.choices = SqliteChoices(connection)

    def transaction(self) -> Transaction:
        return Transaction(self._connection, self._failed)

    def _failed(self, error: BaseException) -> None:
        """What went wrong in a transaction, as we say it, is raised, unless *error* is that already."""
        try:
            with translated(self._name, _ADVICE):
                raise error
        except Damaged:
            if self._lock is not None:
                repair.distrust(Path(self._name))
            raise

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
    """The store of *client* in *path*, made if missing, readable by its owner alone. A damaged one is set aside for a
    new one, and its `remark` says so. Raises Unavailable: in use by another process, another device's file, no room, no
    permission; Damaged where it does not look like the file of a device."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(path)
    except OSError as error:
        raise Unavailable(f"{path.parent}: {error.strerror}") from None
    try:
        with translated(path):
            cut = path.exists() and path.stat().st_size == 0
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        store = _opened(path, client, lock)
        store.remark = f"{path}: {_EMPTY}" if cut else store.remark
    except BaseException:
        lock.release()
        raise
    return store


def _opened(path: Path, client: ClientId, lock: FileLock) -> SqliteStore:
    try:
        connection = _connected(path, client)
    except Damaged as error:
        if not repair.is_ours(path, VERSION):
            raise Damaged(f"{error}; {_FOREIGN}") from None
        return _replaced(path, client, lock, str(error))
    return SqliteStore(connection, str(path), lock)


def _connected(path: Path, client: ClientId) -> sqlite3.Connection:
    """To one that is as it was written. Raises Damaged, Unavailable."""
    repair.require_no_doubt(path)
    with translated(path):
        connection = _connect(str(path), client)
        try:
            repair.look(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _replaced(path: Path, client: ClientId, lock: FileLock, reason: str) -> SqliteStore:
    aside = repair.set_aside(path)
    connection = _connect(str(path), client)
    taken = repair.take_over(aside, connection)
    remark = (
        f"{reason}. It is set aside as {aside.name}, and history brings back what it has; {taken} messages that were on"
        " their way were taken over"
    )
    return SqliteStore(connection, str(path), lock, remark)


def open_beside(path: Path) -> SqliteStore:
    """For looking only, while its device may be at work. Raises Unavailable: missing, damaged."""
    with translated(str(path)):
        return SqliteStore(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", isolation_level=None, uri=True), str(path)
        )


def open_memory(client: ClientId) -> SqliteStore:
    """The memory twin: gone when closed."""
    return SqliteStore(_connect(":memory:", client), "memory")


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
        raise Unavailable(
            f"{path}: written by a newer xasup (schema {version}, this one reads {VERSION}); update it, or, where there"
            f" was no newer one, {_FOREIGN}"
        )
    owner = connection.execute("SELECT client FROM device").fetchone()
    if owner is None or owner[0] != str(client):
        raise Unavailable(f"{path}: belongs to {owner[0] if owner else 'nobody'}, not to {client}")
