"""What a disk may do to a file: one bit changed, or its end lost; where, decided by dice. Refuses to know: which file.

The time of change stays as it was: a disk that errs does not say when.
"""

from __future__ import annotations

import os
import random
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Kind(StrEnum):
    """What is done."""

    FLIP = "flipped bit"
    CUT = "cut"
    FULL = "full disk"


class Place(StrEnum):
    """About where in the file."""

    HEAD = "head"
    MIDDLE = "middle"
    TAIL = "tail"


class Damage(NamedTuple):
    """*offset*: in bytes; *bit*: of a flip; *size*: of the file before."""

    kind: Kind
    offset: int
    bit: int
    size: int

    def __str__(self) -> str:
        bit = f", bit {self.bit}" if self.kind is Kind.FLIP else ""
        return f"{self.kind} at byte {self.offset} of {self.size}{bit}"


def spoil(path: Path, kind: Kind, place: Place, dice: random.Random, used: int = 0, word: bytes = b"") -> Damage:
    """Do it. *used*: bytes of the file that hold something, 0 for all; *word*: flip a bit in one of its occurrences."""
    found = path.stat()
    size = used or found.st_size
    offset = _in_word(path, word, dice) if word and kind is Kind.FLIP else _offset(size, place, dice)
    damage = Damage(kind, offset, dice.randrange(8), size)
    if kind is Kind.CUT:
        os.truncate(path, offset)
    else:
        _flip(path, damage)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    return damage


def _flip(path: Path, flip: Damage) -> None:
    with path.open("r+b") as file:
        file.seek(flip.offset)
        byte = file.read(1)[0]
        file.seek(flip.offset)
        file.write(bytes([byte ^ 1 << flip.bit]))


def _offset(size: int, place: Place, dice: random.Random) -> int:
    head = min(size, 100)
    match place:
        case Place.HEAD:
            return dice.randrange(head)
        case Place.MIDDLE:
            return dice.randrange(size // 3, max(size // 3 + 1, 2 * size // 3))
        case Place.TAIL:
            return dice.randrange(max(0, size - head), size)


def _in_word(path: Path, word: bytes, dice: random.Random) -> int:
    """Raises ValueError where there is none."""
    data = path.read_bytes()
    starts = [at for at in range(len(data)) if data.startswith(word, at)] if word in data else []
    if not starts:
        raise ValueError(f"no {word!r} in {path}")
    return dice.choice(starts) + dice.randrange(len(word))
