"""The generations of the directory: folders `g-000001`, `g-000002`…, of which the symlink `current` names one.

A rebuild writes a new one beside the old and then turns the link, so readers always find a whole file. Refuses to know:
what is in the files.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

CURRENT = "current"
_TURNING = "current.new"
_NAME = re.compile(r"g-(\d{6,})")


def current(folder: Path) -> Path:
    """Where readers open the directory, whichever generation it is."""
    return folder / CURRENT


def named_by_link(folder: Path) -> Path | None:
    """The generation that `current` names; None where there is no such link."""
    try:
        return folder / current(folder).readlink().name
    except OSError:
        return None


def others(folder: Path) -> list[Path]:
    """Every generation but the current one: superseded, or half built."""
    return [path for path in _all(folder) if path != named_by_link(folder)]


def following(folder: Path) -> Path:
    """A name that was not used before."""
    numbers = [int(path.name.partition("-")[2]) for path in _all(folder)]
    return folder / f"g-{max(numbers, default=0) + 1:06d}"


def turn_to(generation: Path) -> None:
    """Make it the current one, all at once and on disk."""
    folder = generation.parent
    _sync(generation)
    turning = folder / _TURNING
    turning.unlink(missing_ok=True)
    turning.symlink_to(generation.name)
    turning.replace(current(folder))
    _sync(folder)


def remove(generation: Path) -> None:
    """What cannot be removed now is tried again at the next start."""
    shutil.rmtree(generation, ignore_errors=True)


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
