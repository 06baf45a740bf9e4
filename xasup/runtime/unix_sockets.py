"""Paths of Unix sockets."""

from __future__ import annotations

import os
from pathlib import Path

_LIMIT = 107  # bytes; sun_path in unix(7), less the final NUL


def fits(path: Path) -> bool:
    """Whether a Unix socket can have this path."""
    return len(os.fsencode(path)) <= _LIMIT


def too_long(path: Path) -> str:
    """What is to be said where it cannot."""
    return f"{path}: too long for a Unix socket; choose a shorter data directory with --data"
