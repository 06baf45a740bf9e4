"""Where a damaged file goes: beside its place, by a name that nobody has. Refuses to know: what was damaged."""

from __future__ import annotations

from itertools import count
from pathlib import Path


def beside(path: Path) -> Path:
    """`NAME.damaged-1`, or with the next number that is free."""
    return next(it for number in count(1) if not (it := path.with_name(f"{path.name}.damaged-{number}")).exists())
