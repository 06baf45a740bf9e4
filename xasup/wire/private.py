"""Files and folders that their owner alone may read."""

from __future__ import annotations

import os
from pathlib import Path


def folder(path: Path) -> Path:
    """*path*, made where it is missing."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def secret_folder(path: Path) -> Path:
    """The same, and nobody else may look into it from now on, whoever made it."""
    folder(path).chmod(0o700)
    return path


def write(path: Path, text: str) -> Path:
    """*path*, holding *text*, replaced in one step; its folder is made where it is missing."""
    draft = folder(path.parent) / f".{path.name}.{os.getpid()}.new"  # each process has its own, and the last one stands
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - needs the mode
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # else a machine that loses power may keep the new name and not the text
    return draft.replace(path)
