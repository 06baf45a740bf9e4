"""One process per file: a lock that the kernel takes back when the process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from xasup.protocol.errors import Unavailable

ADVICE = "one device runs once: end that process, or link another device for this one"


def holder(path: Path) -> str | None:
    """The process that holds the lock of *path*, as text; None where nobody does."""
    lock = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "another process"
    finally:
        os.close(descriptor)
    return None


class FileLock:
    """Held from the constructor until release(). Raises Unavailable, naming the file and the process that holds it;
    *advice*: what to do then."""

    def __init__(self, path: Path, advice: str = ADVICE) -> None:
        lock = path.with_name(path.name + ".lock")
        try:
            self._descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"{lock}: {error.strerror}") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode(errors="replace").strip() or "another process"
            os.close(self._descriptor)
            raise Unavailable(f"{path} is in use by process {holder}; {advice}") from None
        self._sign(lock)

    def release(self) -> None:
        """The lock file stays: removing it would let two processes lock two files of one name."""
        os.close(self._descriptor)

    def _sign(self, lock: Path) -> None:
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)
        except OSError as error:
            os.close(self._descriptor)
            raise Unavailable(f"{lock}: {error.strerror}") from None
