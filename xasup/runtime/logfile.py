"""The log file of a child process: appended to, readable by its owner alone, its last words quoted in errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def appending(path: Path) -> Iterator[int]:
    """A descriptor for a child's output."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def last_words(path: Path, lines: int = 3, size: int = 4096) -> str:
    """The last non-empty lines of a log, joined by ` | `; "no output" where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            text = file.read().decode(errors="replace")
    except OSError:
        return "no output"
    return " | ".join([line.strip() for line in text.splitlines() if line.strip()][-lines:]) or "no output"
