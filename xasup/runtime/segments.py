"""Sums of the segments in which our own Kafka keeps the log, beside them: whether a disk has changed or cut them.

Kafka has a sum in each batch of records, and looks at it when somebody reads, or when it was killed. After an orderly
end it believes its files: behind an end that a disk has lost it goes on writing, and nobody can read what follows.
Sealed are whole batches alone, so that what Kafka drops after it was killed, a batch that was half written, never is.
Refuses to know: what is in a batch.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from xasup.protocol import codec
from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime.seals import FILE, sum_of
from xasup.wire import private

OURS = "xasup."  # so our topics begin; Kafka's own are rewritten by it
LOOK_EVERY = 5.0  # seconds
_BY_LENGTH = -1  # a sum of a segment that is full: what has changed in it, Kafka's own sum tells whoever reads it
_PARTITION = re.compile(r".+-\d+")  # others, which Kafka is about to remove, end otherwise
_BATCH = struct.Struct(">qi")  # the first offset, and how many bytes follow
_ORDERLY = ".kafka_cleanshutdown"  # Kafka leaves it when it has written everything, and removes it when it starts
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Seal(NamedTuple):
    """Of the first *size* bytes, in a topic that has this *id*: one that was made anew has another."""

    id: str
    size: int
    sum: int


@dataclass(frozen=True, slots=True)
class Segments:
    """Guards those below *data*, Kafka's folder; the seals lie beside it. *topics*: how the names of ours begin."""

    data: Path
    topics: str = OURS

    @property
    def file(self) -> Path:
        return self.data.with_name(FILE)

    def check(self) -> None:
        """Raises Unavailable naming what is damaged and what can be done."""
        if problem := self.problem():
            raise Unavailable(problem)

    def problem(self) -> str:
        """The same as a sentence; "" where nothing is wrong."""
        try:
            found = dict(self._broken())
        except OSError as error:
            return f"{error.filename}: {error.strerror}"
        more = f" (and {', '.join(map(str, list(found)[1:]))})" if len(found) > 1 else ""
        for path, (why, last_resort) in found.items():
            return (
                f"{path}{more} {why}; put the good file back, or restore a backup (`xasup restore --force`); without"
                f" either remove {last_resort}; history and devices keep what they have"
            )
        return ""

    def renew(self) -> None:
        """Of all that is there now. A file that cannot be read keeps its seal; seals that cannot be written are left
        for later."""
        boot, known = self._read()
        found = {}
        for path, full in self._files():
            name, id = self._name(path), _topic_id(path)
            last = known.get(name)
            try:
                found[name] = _seal(path, id, full, last if last and last.id == id else None)
            except FileNotFoundError:  # Kafka has removed it
                continue
            except OSError:
                if last:
                    found[name] = last
        if (_boot(), found) != (boot, known):
            self._write(found)

    def _broken(self) -> Iterator[tuple[Path, tuple[str, str]]]:
        """What is not as it was sealed: why, as the rest of a sentence, and what to remove to lose no more than must
        be. Raises OSError."""
        boot, known = self._read()
        died = boot != _boot() and not (self.data / _ORDERLY).exists()  # the machine: Kafka looks itself, and may lose
        for path, full in self._files():
            seal = known.get(self._name(path))
            if seal is None or seal.id != _topic_id(path) or (died and not full):
                continue
            size = path.stat().st_size
            if size < seal.size:
                index = path.with_suffix(".index")
                yield (
                    path,
                    (
                        f"was cut from {seal.size} bytes to {size}",
                        f"{index} and {self.file}, and Kafka drops the record that was torn, and goes on behind it",
                    ),
                )
            elif seal.sum != _BY_LENGTH and sum_of(path, 0, seal.size) != seal.sum:
                yield (
                    path,
                    (
                        f"is not what was written: a part of its first {seal.size} bytes has changed",
                        f"{self.file}, and whoever reads this partition anew comes as far as the change",
                    ),
                )

    def _files(self) -> Iterator[tuple[Path, bool]]:
        """With whether Kafka writes it no more."""
        for partition in sorted(self.data.glob(f"{self.topics}*")):
            if _PARTITION.fullmatch(partition.name):
                found = sorted(partition.glob("*.log"))
                yield from ((path, path != found[-1]) for path in found)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.data))

    def _read(self) -> tuple[str, dict[str, Seal]]:
        """When the machine was started, as far as it says so, and what was sealed since."""
        try:
            fields = codec.decode_object(self.file.read_bytes())
            seals = {name: Seal(str(id), int(size), int(sum)) for name, (id, size, sum) in fields["segments"].items()}
            return str(fields["boot"]), seals
        except (OSError, Malformed, KeyError, AttributeError, TypeError, ValueError):
            return "", {}

    def _write(self, seals: dict[str, Seal]) -> None:
        fields = {"boot": _boot(), "segments": {name: list(seal) for name, seal in seals.items()}}
        try:
            private.write(self.file, codec.encode(fields).decode())
        except OSError:
            return


def _seal(path: Path, id: str, full: bool, last: Seal | None) -> Seal:
    size = path.stat().st_size
    if full:
        return Seal(id, size, _BY_LENGTH)
    if last is None or last.sum == _BY_LENGTH or last.size > size:
        last = Seal(id, 0, 0)
    if last.size == size:
        return last
    end = _whole(path, last.size, size)
    return Seal(id, end, sum_of(path, last.size, end, last.sum))


def _whole(path: Path, start: int, size: int) -> int:
    """Where the last whole batch ends. *start*: where one begins."""
    with path.open("rb") as file:
        while start + _BATCH.size <= size:
            file.seek(start)
            _, length = _BATCH.unpack(file.read(_BATCH.size))
            if length <= 0 or start + _BATCH.size + length > size:
                break
            start += _BATCH.size + length
    return start


def _topic_id(path: Path) -> str:
    """As Kafka notes it in each partition; "" where it does not."""
    try:
        return path.with_name("partition.metadata").read_text(errors="replace").partition("topic_id:")[2].strip()
    except OSError:
        return ""


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
