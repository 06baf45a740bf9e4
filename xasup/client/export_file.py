"""The file that a conversation is exported to: its owner's alone, whole or not there at all, never in another's place.

Refuses to know what is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xasup.protocol.errors import Malformed, Unavailable


@contextmanager
def writing(path: Path, overwrite: bool) -> Iterator[Callable[[str], object]]:
    """Gives what writes a piece. Raises Malformed where something is at *path* already, unless *overwrite*; Unavailable
    where the disk does not do its part. After an error nothing is left."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.is_dir() or (path.exists() and not overwrite):
            raise Malformed(f"{path} is there already; it is not overwritten unless that is asked for")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(handle, "w", encoding="utf-8", newline="\n", errors="backslashreplace") as file:  # noqa: PTH123 - has a handle
            yield file.write
        _put(draft, path, overwrite)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        draft.replace(path)
        return
    try:
        path.hardlink_to(draft)  # which fails where something has come there meanwhile
    except FileExistsError:
        raise Malformed(f"{path} has come to be there meanwhile; choose another name") from None
