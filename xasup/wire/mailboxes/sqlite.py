"""Mailboxes in one SQLite file: a connection that fills them, and another that looks, so that neither waits.

The one file that opens it. Refuses to know: what is in it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from xasup.protocol.errors import Damaged, Unavailable
from xasup.protocol.ids import UserId
from xasup.wire.log.port import Cursor
from xasup.wire.mailboxes.keeper import Keeper
from xasup.wire.mailboxes.look import look
from xasup.wire.mailboxes.looker import Looker
from xasup.wire.mailboxes.port import Batch, Kept, Page, Standing, Wanted
from xasup.wire.mailboxes.schema import MIGRATIONS, PRAGMAS, SCHEMA, VERSION
from xasup.wire.store import repair
from xasup.wire.store.faults import translated
from xasup.wire.store.lock import FileLock

_PATIENT = ("PRAGMA busy_timeout = 5000",)
_LOOKING = ("PRAGMA query_only = ON", "PRAGMA mmap_size = 1073741824")
_OPERATIONS = 100_000  # of SQLite, between two looks whether to stop
_ADVICE = "it is filled by one history service at a time: end that process first"


class SqliteLookup:
    """See Lookup. For one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._db, self._looker = path, connection, Looker(connection)
        with translated(path):
            self.generation = self._looker.generation()

    def page(self, wanted: Wanted) -> Page:
        with transaction(self._db, self._path):
            return self._looker.page(wanted)

    def standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        with transaction(self._db, self._path):
            return self._looker.standing(user, sender, id)

    def close(self) -> None:
        with translated(self._path):
            self._db.close()


class SqliteMailboxes(SqliteLookup):
    """See Mailboxes. One thread may keep while another one looks."""

    def __init__(self, path: Path, filling: sqlite3.Connection, looking: sqlite3.Connection, lock: FileLock) -> None:
        super().__init__(path, looking)
        self._filling, self._keeper, self._lock = filling, Keeper(filling), lock

    def cursor(self) -> Cursor:
        with _doubting(self._path):
            return self._keeper.cursor()

    def check(self, stopped: Callable[[], bool]) -> None:
        with _doubting(self._path), closing(_looking(self._path)) as connection:
            connection.set_progress_handler(stopped, _OPERATIONS)
            look(connection)

    def keep(self, batch: Batch) -> Kept:
        try:
            with transaction(self._filling, self._path, "IMMEDIATE"):
                return self._keeper.keep(batch)
        except BaseException:
            self._keeper.forget()
            raise

    def limit(self, pages: int) -> None:
        """Let the file grow to at most *pages*; beyond it the store says that the disk is full."""
        self._filling.execute(f"PRAGMA max_page_count = {int(pages)}")

    def close(self) -> None:
        try:
            super().close()
            with translated(self._path):
                self._filling.close()  # the last one out puts everything into the one file
        finally:
            self._lock.release()


def open_file(path: Path, dice: Callable[[], str]) -> SqliteMailboxes:
    """The mailboxes in *path*, made where they are missing, for their owner alone. *dice* gives the generation of a new
    store. Raises Unavailable: filled by another process, made by a newer xasup, no room, no permission; Damaged."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path, _ADVICE)
    except OSError as error:
        raise Unavailable(f"{path.parent}: {error.strerror}") from None
    try:
        with translated(path):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        repair.require_no_doubt(path)
        filling = _connect(path, (*PRAGMAS, *_PATIENT), lambda connection: _prepare(path, connection, dice))
        return SqliteMailboxes(path, filling, _looking(path), lock)
    except BaseException:
        lock.release()
        raise


def open_lookup(path: Path) -> SqliteLookup:
    """To look while another process may fill them. Raises Unavailable: there are none, or as open_file()."""
    if not path.exists():
        raise Unavailable(f"{path}: there is no such file; the history service makes it when it first runs")
    return SqliteLookup(path, _looking(path))


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path, kind: str = "DEFERRED") -> Iterator[None]:
    """All of the block, or nothing. Raises Unavailable; Damaged, and then nobody opens the file again."""
    with _doubting(path):
        connection.execute(f"BEGIN {kind}")
        try:
            yield
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextmanager
def _doubting(path: Path) -> Iterator[None]:
    try:
        with translated(path):
            yield
    except Damaged:
        repair.distrust(path)
        raise


def _looking(path: Path) -> sqlite3.Connection:
    return _connect(path, (*_PATIENT, *_LOOKING), lambda connection: _check(path, connection))


def _connect(path: Path, pragmas: Sequence[str], prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    with translated(path):
        # One thread uses it at a time, though not always the one that opened it.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            for pragma in pragmas:
                connection.execute(pragma)
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(path: Path, connection: sqlite3.Connection, dice: Callable[[], str]) -> None:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION};")
        connection.execute("INSERT INTO meta VALUES (?, 0)", (dice(),))
        connection.execute("COMMIT")
    elif version < VERSION:
        steps = "".join(MIGRATIONS[step] for step in range(version, VERSION))
        connection.executescript(f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
    _check(path, connection)


def _check(path: Path, connection: sqlite3.Connection) -> None:
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise Unavailable(f"{path}: made by a newer xasup (layout {version}, this knows {VERSION}); update this one")
    if 0 < version < VERSION:
        raise Unavailable(f"{path}: of an older xasup; the history service brings it up to date when it starts")
    if version != VERSION:
        raise Unavailable(f"{path}: not the mailboxes of a history service (layout {version}, expected {VERSION})")
