"""The one writer of the directory on disk: edits and the position they bring it to, in one durable transaction.

Refuses to know: where edits come from, when to try again. Nothing is opened before it is asked for; after a failure it
is opened again, so that a transaction that failed half-way (a full disk, say) leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from xasup.protocol.directory import META_APPLIED, Edit
from xasup.protocol.errors import Damaged, Unavailable
from xasup.wire.directory import generations
from xasup.wire.directory.environment import DATA, Environment, file_identity, translated

_LOCK = "writer.lock"
_CHECK_EVERY = 64  # transactions
_DOUBT = "doubt"  # in a generation: somebody looks whether it is good, or did not live to say that it is


class DirectoryWriter:
    """As `with DirectoryWriter(folder) as writer`. Entering raises Unavailable where another process writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment: Environment | None = None
        self._lock: int | None = None
        self._transactions = 0
        self._good: tuple[int, int] | None = None  # the file that was looked at
        self._seen = b""  # the key up to which look() came

    def __enter__(self) -> DirectoryWriter:
        with translated(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _locked(self._folder / _LOCK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._lock is not None:
            os.close(self._lock)

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        if self._environment is not None:
            self._environment.close()
        self._environment = None

    def applied(self) -> str:
        """The position that the directory stands at. Raises Unavailable where there is none or it is not ours, Damaged
        where it does not hold what was written."""
        with self._current() as environment:
            position = environment.read(META_APPLIED)[0]
        if position is None:
            raise Unavailable(f"{self._folder} has no position: it was never finished")
        return position.decode()

    def apply(self, edits: Iterable[Edit], position: str, after: str | None = None) -> None:
        """Durable when it returns. *after*: the position that the edits follow upon, where the caller relies on one.

        Raises Unavailable, and then nothing of it holds: also where the directory does not stand at *after*."""
        with self._current() as environment:
            self._transactions += 1
            if self._transactions % _CHECK_EVERY == 0:
                environment.forget_dead_readers()
            environment.write(edits, position, after)

    def look(self, limit: int) -> None:
        """Whether *limit* more cells are what was written, all in turn. Raises Damaged."""
        with self._current() as environment:
            self._seen = environment.look(self._seen, limit)

    @contextmanager
    def rebuilding(self) -> Iterator[Environment]:
        """A new generation to fill, while the old one goes on serving; it takes over where the block ends without an
        error, and must have called its `finish()`. Raises Unavailable."""
        self._retire_others()
        with translated(self._folder):
            path = generations.following(self._folder)
        try:
            building = Environment(path, create=True, durable=False)
            try:
                yield building
                if not building.finished():
                    raise ValueError("the new generation was not finished")
                building.sync()
            finally:
                building.close()
        except BaseException:
            generations.remove(path)  # half of it would only fill the disk
            raise
        self._switch(path)

    def _switch(self, path: Path) -> None:
        self.close()
        with translated(path):
            generations.turn_to(path)
        self._retire_others()

    def _retire_others(self) -> None:
        """Tell the readers of superseded generations to go on, then remove them.

        Done before anything is written to the current one: after a kill in mid-switch no reader may stay on the old."""
        with translated(self._folder):
            for path in generations.others(self._folder):
                with contextlib.suppress(Unavailable):  # half built or damaged: nobody reads it as ours
                    if not (path / _DOUBT).exists():  # to write to such a one might end this process
                        _mark_moved(path)
                generations.remove(path)

    @contextmanager
    def _current(self) -> Iterator[Environment]:
        try:
            if self._environment is None or self._replaced(self._environment):
                self.close()
                self._environment = self._opened()
            yield self._environment
        except Damaged:
            self._distrust()
            raise
        except Unavailable:
            self.close()
            raise

    def _distrust(self) -> None:
        self.close()
        path = generations.named_by_link(self._folder)
        if path is not None:
            with contextlib.suppress(OSError):
                (path / _DOUBT).touch()

    def _replaced(self, environment: Environment) -> bool:
        """Somebody has removed the file, or put another in its place: what we write there, nobody would read."""
        with translated(generations.current(self._folder)):
            return file_identity(generations.current(self._folder) / DATA) != environment.identity

    def _opened(self) -> Environment:
        self._retire_others()
        with translated(self._folder):
            path = generations.named_by_link(self._folder)
        if path is None:
            raise Unavailable(f"{generations.current(self._folder)} does not exist")
        with translated(path):
            known = file_identity(path / DATA) == self._good
        environment = Environment(path) if known else _found_good(path)
        self._good = environment.identity
        return environment


def _found_good(path: Path) -> Environment:
    """Raises Damaged. LMDB may also end the process, or the kernel do so, for a page that points nowhere: then the mark
    of doubt stays."""
    doubt = path / _DOUBT
    if doubt.exists():
        raise Damaged(f"{path / DATA} is damaged: it was found so, or the look at it ended the process")
    with contextlib.suppress(OSError):
        doubt.touch()
    try:
        environment = Environment(path)
        try:
            environment.check()
        except BaseException:
            environment.close()
            raise
    except Damaged:
        raise
    except BaseException:
        _trust(doubt)
        raise
    _trust(doubt)
    return environment


def _trust(doubt: Path) -> None:
    with contextlib.suppress(OSError):
        doubt.unlink(missing_ok=True)


def _mark_moved(path: Path) -> None:
    environment = Environment(path)
    try:
        environment.mark_moved()
    finally:
        environment.close()


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        raise Unavailable(f"the directory {path.parent} is already being written by process {owner}") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor
