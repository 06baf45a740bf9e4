"""What one device told its person, line by line, in a file that outlives a kill at any instant.

A line is one write, so it is there whole or not at all. Its time is of the machine's steady clock, which all processes
share and nobody sets. Refuses to know: what is made of it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from xasup.protocol import codec


class Shown(NamedTuple):
    """A message of somebody else that came to the screen. *src*: which of the sender's devices counts *n*."""

    conversation: str
    sender: str
    id: str
    src: str = ""
    n: int = 0


class Told(NamedTuple):
    """The state of a message of mine, as it was told."""

    id: str
    state: str


Item = Shown | Told


class Stamped(NamedTuple):
    """*at*: when it was told, in milliseconds of the steady clock."""

    at: int
    item: Item


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@dataclass
class Transcript:
    """Appends to *path* for the time of a block."""

    path: Path
    now: Callable[[], int] = _now_ms
    _file: int = -1

    def __enter__(self) -> Transcript:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def write(self, item: Item) -> None:
        """It was told this moment."""
        os.write(self._file, codec.encode([type(item).__name__, self.now(), *item]) + b"\n")


def read(path: Path) -> Iterator[Item]:
    """All that was told, in order; nothing where there is no file."""
    return (stamped.item for stamped in stamps(path))


def stamps(path: Path) -> Iterator[Stamped]:
    """The same, with when."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            kind, at, *fields = codec.decode(line)
            yield Stamped(at, _KINDS[kind](*fields))


_KINDS: dict[str, type[Shown] | type[Told]] = {kind.__name__: kind for kind in (Shown, Told)}
