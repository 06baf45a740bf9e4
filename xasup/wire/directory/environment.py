"""One LMDB environment of ours: opened with its sizes and schema checked, its errors translated. Alone imports lmdb.

The file is always as long as its map, mostly as a hole: LMDB may leave pages unwritten at its end, and whoever maps a
file shorter than what it claims to hold dies by SIGBUS. Refuses to know: what keys mean, which generation is current.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import lmdb

from xasup.protocol.directory import META_APPLIED, META_MOVED, META_SCHEMA, META_SUM, SCHEMA, Edit, unsealed
from xasup.protocol.errors import Damaged, Malformed, Unavailable
from xasup.wire.directory import cells as lying

DATA = "data.mdb"
_FIRST_SIZE = 16 << 20  # bytes; doubled whenever it is full
_SCHEMA = SCHEMA.to_bytes(4, "little")
_LARGEST_SIZE = 1 << 44  # bytes
_DAMAGE = (lmdb.CorruptedError, lmdb.PageNotFoundError, lmdb.InvalidError, lmdb.PanicError)


class Environment:
    """An open environment. *durable* False: nothing is on disk before `sync()`. All methods raise Unavailable."""

    def __init__(self, folder: Path, *, readonly: bool = False, create: bool = False, durable: bool = True) -> None:
        self._data = folder / DATA
        with translated(folder):
            if create:
                folder.mkdir(mode=0o700)
            size = self._data.stat().st_size if not create else 0
            self._env = lmdb.open(
                str(folder),
                map_size=max(size, _FIRST_SIZE),
                readonly=readonly,
                create=create,
                sync=durable,
                mode=0o600,
                readahead=False,
                max_spare_txns=2,
            )
        try:
            with translated(folder):
                self.identity = file_identity(self._data)
                self._prepare(readonly, create)
        except BaseException:
            self.close()
            raise

    def _prepare(self, readonly: bool, create: bool) -> None:
        if create:
            self._extend()
            return
        self._check_length()
        found = self.read(META_SCHEMA)[0]
        if found != _SCHEMA:
            schema = "no" if found is None else f"schema {int.from_bytes(found, 'little')}"
            raise Unavailable(f"{self._data} is not a directory of ours: it has {schema}, expected schema {SCHEMA}")
        if not readonly:
            self._end_the_last_write()
            self._extend()

    def _end_the_last_write(self) -> None:
        """Of a writer that was killed when its transaction was in the file, and not yet announced to who reads: LMDB
        does that for whoever writes next."""
        with self._env.begin(write=True):
            pass

    def close(self) -> None:
        self._env.close()

    def read(self, *keys: bytes) -> list[bytes | None]:
        """Their values in one snapshot, which is let go at once so that the writer can reuse its pages."""
        with translated(self._data):
            self._check_length()
            with self._begin() as txn:
                return [lying.value(txn, key) for key in keys]

    def cells(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys and values in order, in one snapshot that holds as long as the iterator."""
        with translated(self._data), self._begin() as txn:
            for key, data in txn.cursor():
                yield key, unsealed(key, data)

    def check(self) -> None:
        """Look at every cell: all are what was written, and none is missing or of yesterday. Raises Damaged."""
        with translated(self._data), self._begin() as txn:
            if lying.value(txn, META_SUM) != lying.total(txn):
                raise Damaged(f"{self._data} is damaged: it does not hold what was written")

    def look(self, after: bytes, limit: int) -> bytes:
        """The same for the seals of *limit* cells behind the key *after*. Returns the last one's key, b"" for all."""
        with translated(self._data), self._begin() as txn, txn.cursor() as cursor:
            if not cursor.set_range(after + b"\0"):
                return b""
            cells = list(islice(cursor, limit))
            for key, data in cells:
                unsealed(key, data)
            return cells[-1][0] if len(cells) == limit else b""

    def write(self, edits: Iterable[Edit], position: str | None = None, after: str | None = None) -> None:
        """All edits, and the position in the stream that they bring it to, in one transaction; nothing of it where the
        file does not stand at *after*."""
        edits = tuple(edits)

        def work(txn: lmdb.Transaction[bytes]) -> None:
            if after is not None and (found := lying.value(txn, META_APPLIED)) != after.encode():
                raise Unavailable(f"{self._data} stands at {found!r}, expected {after}")
            lying.put(txn, edits, position)

        self._growing(work)

    def fill(self, cells: Iterable[tuple[bytes, bytes]], *, append: bool = False) -> None:
        """Many cells in one transaction. *append*: they are sorted, and behind those that are there; much faster.

        Raises ValueError where they are not.
        """
        batch = list(cells)
        self._growing(lambda txn: lying.add(txn, batch, append))

    def finish(self, position: str) -> None:
        """The last write to a new file: before it, nobody takes the file for a directory."""
        with translated(self._data), self._begin() as txn:
            total = lying.total(txn)
        self.write([Edit(META_SUM, total), Edit(META_SCHEMA, _SCHEMA)], position)

    def finished(self) -> bool:
        return self.read(META_SCHEMA)[0] is not None

    def mark_moved(self) -> None:
        """Tell readers that they must open `current` again."""
        self.write([Edit(META_MOVED, b"\x01")])

    def sync(self) -> None:
        with translated(self._data):
            self._env.sync(True)

    def forget_dead_readers(self) -> int:
        """Frees the slots of readers that were killed, which would hold back pages for ever. Returns how many."""
        with translated(self._data):
            return self._env.reader_check()

    def _growing(self, work: Callable[[lmdb.Transaction[bytes]], None]) -> None:
        """One transaction of *work*, from the beginning in a larger map whenever the map is full."""
        with translated(self._data):
            while True:
                try:
                    with self._env.begin(write=True) as txn:
                        return work(txn)
                except lmdb.MapFullError:
                    if self._env.info()["map_size"] >= _LARGEST_SIZE:
                        raise
                    self._grow()

    def _grow(self) -> None:
        self._env.reader_check()
        self._env.set_mapsize(2 * self._env.info()["map_size"])
        self._extend()

    def _extend(self) -> None:
        size = self._env.info()["map_size"]
        if self._data.stat().st_size < size:
            os.truncate(self._data, size)

    def _begin(self) -> lmdb.Transaction[bytes]:
        try:
            return self._env.begin()
        except lmdb.MapResizedError:
            self._env.set_mapsize(0)  # as large as the writer made it
            return self._env.begin()

    def _check_length(self) -> None:
        needed = (self._env.info()["last_pgno"] + 1) * self._env.stat()["psize"]
        if (size := self._data.stat().st_size) < needed:
            raise Unavailable(f"{self._data} was cut short: {size} bytes, expected at least {needed}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """LMDB's errors, the system's and broken seals as Unavailable."""
    try:
        yield
    except Malformed as error:
        raise Damaged(f"{path} is damaged: {error}") from None
    except _DAMAGE as error:
        raise Damaged(f"{path} is damaged: {error}") from error
    except lmdb.Error as error:
        raise Unavailable(f"{path}: {error}") from error
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror or error}") from error


def file_identity(path: Path) -> tuple[int, int]:
    """What tells a file from another that takes its place."""
    found = path.stat()
    return found.st_dev, found.st_ino
