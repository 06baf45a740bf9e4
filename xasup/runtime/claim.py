"""One owner of a folder at a time: a lock that the kernel frees when the owner dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire import private


@contextmanager
def claim(folder: Path, what: str) -> Iterator[None]:
    """Hold *folder* (made, for its owner alone) for *what*. Raises Unavailable naming the process that has it."""
    try:
        private.secret_folder(folder)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unavailable(
            f"cannot use {error.filename or folder}: {error.strerror}; make it writable or choose another with --data"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise Unavailable(
                f"{what} already runs on {folder} (process {owner}); stop it, or choose another folder with --data"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)


def claimed(folder: Path) -> bool:
    """True while somebody holds *folder*."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
