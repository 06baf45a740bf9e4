"""The parts of this machine's backend that serve a health page: where, told in a file by each, read by anybody.

A file may be left by a process that was killed, its number and port in use by others: only an answer that names the
same process counts. Refuses to know: what the facts of a part mean, any metrics library.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from xasup.protocol import codec
from xasup.protocol.errors import Malformed
from xasup.runtime.settings import Settings

log = structlog.get_logger()

NAMES = ("projector", "contacts", "bridge", "history")  # a part's place here is the distance to the first port
WELL = frozenset({"ok", "standby", "catching-up"})  # states in which a part does what it is there for
DOWN, SILENT = "down", "silent"  # states that are not a part's own words: no such process; it does not answer
HOST = "127.0.0.1"
_PATIENCE = 2.0  # seconds for an answer
_LIMIT = 1 << 20  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Part:
    """*state*: its own word, DOWN or SILENT; *pid*: 0 where it is down; *since*: when it began to serve, in
    milliseconds since the epoch, 0 where nobody says; *facts*: all that its page says."""

    name: str
    state: str = DOWN
    pid: int = 0
    since: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return self.state in WELL


class _Note(NamedTuple):
    """What a part's file says."""

    pid: int
    port: int


def port_of(settings: Settings, part: str) -> int:
    """Where the pages of *part* belong; 0: anywhere."""
    return settings.metrics_port and settings.metrics_port + NAMES.index(part)


@contextmanager
def published(settings: Settings, part: str, port: int) -> Iterator[None]:
    """Others find *port* for the time of the block. Where the file cannot be written that is logged, and no more."""
    path, note = _file(settings, part), _Note(os.getpid(), port)
    try:
        _write(path, note)
    except OSError as error:
        log.warning("nobody will find the health page", file=str(path), reason=error.strerror)
    try:
        yield
    finally:
        if _read(path) == note:  # else it is another's, who took our place
            with suppress(OSError):
                path.unlink()


async def look(settings: Settings) -> list[Part]:
    """All parts as they are now, in the order of NAMES; those that never were are DOWN."""
    return list(await asyncio.gather(*(look_at(settings, name) for name in NAMES)))


async def look_at(settings: Settings, name: str) -> Part:
    """One part as it is now."""
    path = _file(settings, name)
    note = _read(path)
    if note is None:
        return Part(name)
    try:
        facts = await _ask(note.port)
        since = path.stat().st_mtime_ns // 1_000_000
    except TimeoutError:
        return Part(name, SILENT, note.pid)
    except (OSError, EOFError, Malformed):
        return Part(name)
    if (facts.get("part"), facts.get("pid")) != (name, note.pid):
        return Part(name)
    return Part(name, str(facts.get("state")), note.pid, since, facts)


def _file(settings: Settings, part: str) -> Path:
    return settings.run / f"{part}.json"


def _write(path: Path, note: _Note) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{note.pid}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, codec.encode(note._asdict()))
    finally:
        os.close(descriptor)
    draft.replace(path)


def _read(path: Path) -> _Note | None:
    try:
        note = _Note(**codec.decode_object(path.read_bytes()))
    except (OSError, Malformed, TypeError):
        return None
    return note if all(isinstance(number, int) and number > 0 for number in note) else None


async def _ask(port: int) -> dict[str, Any]:
    """The health page on *port*. Raises OSError, EOFError, Malformed, TimeoutError."""
    writer = None
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(HOST, port, limit=_LIMIT)
            writer.write(b"GET /health HTTP/1.0\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1."):
                raise Malformed("expected an HTTP response")
            return codec.decode_object(await reader.read(_LIMIT))
    except (asyncio.LimitOverrunError, OverflowError) as error:
        raise Malformed(str(error)) from None
    finally:
        if writer is not None:
            writer.close()
