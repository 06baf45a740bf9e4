"""Files and folders that their owner alone may read."""

from __future__ import annotations

import os
from pathlib import Path


def folder(path: Path) -> Path:
    """*path*, made where it is missing."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write(path: Path, text: str) -> Path:
    """*path*, holding *text*, replaced in one step; its folder is made where it is missing."""
    draft = folder(path.parent) / f".{path.name}.new"
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - needs the mode
        file.write(text)
    return draft.replace(path)
