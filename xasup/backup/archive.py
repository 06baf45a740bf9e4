"""The file of a backup: a ZIP with a few members of known names, and a manifest that tells their sizes and digests.

Written whole or not at all, for its owner alone. Refuses to know: what the members mean.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xasup.protocol import codec
from xasup.protocol.errors import Malformed, Unavailable

FORMAT = 1
TRUTH, HISTORY, RECORDS = "redis.rdb", "history.sqlite", "records.jsonl"
AUTHORITY = ("tls/ca.pem", "tls/ca.key", "tls/server.pem", "tls/server.key")
MEMBERS = frozenset({TRUTH, HISTORY, RECORDS, *AUTHORITY})
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1 << 20  # bytes
_PIECE = 1 << 20  # bytes
Progress = Callable[[str, int], None]  # a member, and how many bytes of it are done
# What zipfile raises for a file that is none, is cut, or was made by somebody else (encrypted, another compression).
_SPOILED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError)


class Contents(BaseModel):
    """Of one member."""

    model_config = ConfigDict(strict=True, frozen=True)

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0, lt=1 << 63)


class Manifest(BaseModel):
    """*layout*, *schema*: of the data directory and of the truth, 0 where it does not say; *log*: its kind."""

    model_config = ConfigDict(strict=True, frozen=True)

    format: int = Field(ge=1)
    layout: int = Field(0, ge=0)
    truth: int = Field(0, ge=0, alias="schema")
    log: str = Field("", max_length=16)
    members: dict[str, Contents]


@dataclass
class Writer:
    """*progress* is told after each piece."""

    file: zipfile.ZipFile
    progress: Progress
    members: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, path: Path) -> None:
        """All of *path*."""
        with path.open("rb") as source, self.file.open(name, "w", force_zip64=True) as member:
            self._note(name, *_poured(source, member, lambda count: self.progress(name, count)))

    def finish(self, facts: Mapping[str, Any]) -> None:
        """The manifest comes last."""
        self.file.writestr(_MANIFEST, codec.encode({"format": FORMAT, **facts, "members": self.members}))

    def _note(self, name: str, digest: str, size: int) -> None:
        self.members[name] = {"sha256": digest, "bytes": size}


@contextmanager
def writing(path: Path, progress: Progress) -> Iterator[Writer]:
    """*path* is there when the block ends without an error. Raises Unavailable."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Unavailable(f"{path.parent}: {error.strerror}; the backup cannot be written there") from None
    try:
        with open(descriptor, "w+b") as file:  # noqa: PTH123 - opened above, with its mode
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield Writer(archive, progress)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Archive:
    """One that was found to be ours."""

    file: zipfile.ZipFile
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes of all members together."""
        return sum(each.bytes for each in self.manifest.members.values())

    def take(self, name: str, to: Path, progress: Progress) -> None:
        """Write the member into a new file *to*. Raises Malformed where it is not as it was written."""
        told = self.manifest.members[name]
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as target, self.file.open(name) as source:  # noqa: PTH123 - needs the mode
                digest, size = _poured(source, target, lambda count: progress(name, count), told.bytes)
                target.flush()
                os.fsync(target.fileno())
        except _SPOILED as error:
            raise Malformed(f"{name} in the backup is damaged ({error}); take another copy") from None
        if (digest, size) != (told.sha256, told.bytes):
            raise Malformed(f"{name} in the backup is damaged: it is not what was written; take another copy")


@contextmanager
def reading(path: Path) -> Iterator[Archive]:
    """Raises Malformed where it is no backup, or a newer xasup's; Unavailable where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as file:
            yield Archive(file, _manifest(path, file))
    except zipfile.BadZipFile as error:
        raise Malformed(f"{path} is not a backup of xasup, or it is damaged ({error})") from None
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror or error}") from None


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    try:
        with file.open(_MANIFEST) as member:
            found = Manifest.model_validate(codec.decode_object(member.read(_LARGEST_MANIFEST)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Malformed(f"{path} is not a backup of xasup: {where} in its manifest: {first['msg']}") from None
    except (KeyError, Malformed, *_SPOILED) as error:
        raise Malformed(f"{path} is not a backup of xasup, or it is damaged ({error})") from None
    if found.format > FORMAT:
        raise Malformed(
            f"{path}: made by a newer xasup (format {found.format}, this one reads {FORMAT}); update this one"
        )
    there = set(file.namelist())
    if not {TRUTH, HISTORY} <= found.members.keys() <= MEMBERS or not found.members.keys() <= there:
        raise Malformed(f"{path} is not a backup of xasup: its list of contents is not one of ours")
    return found


def _poured(
    source: IO[bytes], target: IO[bytes], told: Callable[[int], None], most: int | None = None
) -> tuple[str, int]:
    """The digest and size of what went from *source* to *target*. Raises ValueError beyond *most* bytes."""
    digest, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        if most is not None and size > most:
            raise ValueError("longer than it says")
        target.write(piece)
        told(size)
    return digest.hexdigest(), size
