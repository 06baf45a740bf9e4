"""Sums of files that another program writes without any of its own, kept beside them: whether a disk has changed them.

A file that only grows is sealed as far as it goes, so that what came after the last look is no damage. Of one that is
written anew each time the seal counts while it has the same time of change. Refuses to know: what is in the files, what
is to be done about damage.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xasup.protocol import codec
from xasup.protocol.errors import Malformed
from xasup.wire import private

FILE = "seals.json"
_PIECE = 1 << 20  # bytes


class Seal(NamedTuple):
    """Of the first *size* bytes. *changed*: when the file was, in nanoseconds since the epoch."""

    size: int
    sum: int
    changed: int


@dataclass(frozen=True, slots=True)
class Seals:
    """*growing*, *whole*: patterns of files below *folder*, by how they are written."""

    folder: Path
    growing: str = ""
    whole: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        return self.folder / FILE

    def renew(self) -> None:
        """Of all that is there now. A file that cannot be read, or a seal that cannot be written, is left for later."""
        known = self._read()
        found = {}
        for path, grows in self._files():
            with suppress(OSError):
                name = str(path.relative_to(self.folder))
                found[name] = _seal(path, known.get(name) if grows else None, known.get(name))
        if found != known:
            with suppress(OSError):
                private.write(self.file, codec.encode({name: list(seal) for name, seal in found.items()}).decode())

    def broken(self) -> dict[Path, str]:
        """What is not as it was sealed, and why, as the rest of a sentence. Raises OSError."""
        known = self._read()
        wrong = {}
        for path, grows in self._files():
            seal = known.get(str(path.relative_to(self.folder)))
            if seal is None or not (grows or path.stat().st_mtime_ns == seal.changed):
                continue
            if path.stat().st_size < seal.size:
                wrong[path] = f"was cut from {seal.size} bytes to {path.stat().st_size}"
            elif sum_of(path, 0, seal.size) != seal.sum:
                wrong[path] = f"is not what was written: a part of its first {seal.size} bytes has changed"
        return wrong

    def _files(self) -> Iterator[tuple[Path, bool]]:
        """With whether it only grows."""
        if self.growing:
            yield from ((path, True) for path in sorted(self.folder.glob(self.growing)))
        for pattern in self.whole:
            yield from ((path, False) for path in sorted(self.folder.glob(pattern)))

    def _read(self) -> dict[str, Seal]:
        try:
            fields: dict[str, Any] = codec.decode_object(self.file.read_bytes())
            return {name: Seal(*map(int, seal)) for name, seal in fields.items()}
        except (OSError, Malformed, TypeError, ValueError):
            return {}


def _seal(path: Path, onwards: Seal | None, last: Seal | None) -> Seal:
    """*onwards*: the seal from which it only grew."""
    found = path.stat()
    if last is not None and (last.size, last.changed) == (found.st_size, found.st_mtime_ns):
        return last
    if onwards is not None and onwards.size <= found.st_size:
        return Seal(found.st_size, sum_of(path, onwards.size, found.st_size, onwards.sum), found.st_mtime_ns)
    return Seal(found.st_size, sum_of(path, 0, found.st_size), found.st_mtime_ns)


def sum_of(path: Path, start: int, end: int, sum: int = 0) -> int:
    """CRC-32 of the bytes from *start* to *end*. *sum*: of those before. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        os.lseek(file.fileno(), start, os.SEEK_SET)
        left = end - start
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            sum = zlib.crc32(piece, sum)
            left -= len(piece)
    return sum
