"""Puts a backup into a data directory that nobody uses: all of it is looked at before anything there is touched.

What was there is set aside, not removed. Refuses to know: screens, clocks (a stamp comes in).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from xasup.backup import records
from xasup.backup.archive import HISTORY, RECORDS, TRUTH, Archive, Progress, reading
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.runtime import kafka_server, layout
from xasup.runtime.claim import claim
from xasup.runtime.settings import Settings
from xasup.wire import private
from xasup.wire.mailboxes.copy import renew
from xasup.wire.truth.schema import SCHEMA

OURS = ("redis", "history", "directory", "mosquitto", "bridge", "kafka", "zookeeper", "secrets", "run", "layout")
_DRAFT = ".restoring"


async def load(
    settings: Settings, source: Path, dice: Callable[[], str], stamp: str, progress: Progress, *, force: bool = False
) -> Path | None:
    """Returns where what was there is now. *dice* gives the generation of the history; *force*: also where there are
    data. Raises Refused where there are; Malformed for a file that is no backup; Unavailable: somebody uses the folder,
    no room."""
    with reading(source) as archive:
        _check(source, archive, settings)
        with claim(settings.data, "xasup"):
            layout.require(settings.data)
            there = [settings.data / name for name in OURS if (settings.data / name).exists()]
            if not force and any(path.name != "layout" for path in there):
                raise Refused(f"{settings.data} holds data already; --force sets them aside and takes the backup")
            _require_room(settings.data, archive.size)
            try:
                return await _put(settings, archive, dice(), stamp, progress)
            except OSError as error:
                raise Unavailable(f"{error.filename or settings.data}: {error.strerror or error}") from error
            finally:
                shutil.rmtree(settings.data / _DRAFT, ignore_errors=True)


def _check(source: Path, archive: Archive, settings: Settings) -> None:
    told = archive.manifest
    for what, made, known in (("layout", told.layout, layout.LAYOUT), ("schema", told.truth, SCHEMA)):
        if made > known:
            raise Malformed(f"{source}: made by a newer xasup ({what} {made}); update this one")
    if told.log != settings.log:
        raise Malformed(f"{source}: its log was kept in {told.log!r}; restore it with --log {told.log}")


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise Unavailable(f"{folder}: the backup needs {size:,} bytes there, and {free:,} are free; make room")


async def _put(settings: Settings, archive: Archive, generation: str, stamp: str, progress: Progress) -> Path | None:
    draft = settings.data / _DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    for folder in (draft, draft / "tls"):
        private.secret_folder(folder)
    for name in archive.manifest.members:
        await asyncio.to_thread(archive.take, name, draft / name, progress)
    renew(draft / HISTORY, generation)
    aside = _set_aside(settings.data, stamp)
    _move(draft / HISTORY, settings.history)
    for path in (draft / "tls").iterdir():
        _move(path, settings.data / "tls" / path.name)
    if (draft / RECORDS).exists():
        async with kafka_server.kafka(settings):
            await records.put_back(settings.log_url, draft / RECORDS)
    layout.require(settings.data)
    # Last, since without it there is nothing. A Redis that keeps an append-only file looks for it under this name.
    _move(draft / TRUTH, settings.redis_socket.with_name("appendonly.aof"))
    return aside


def _set_aside(data: Path, stamp: str) -> Path | None:
    there = [data / name for name in OURS if (data / name).exists() and name != "layout"]
    if not there:
        return None
    aside = private.secret_folder(data / f"before-restore-{stamp}")
    for path in there:
        path.rename(aside / path.name)
    return aside


def _move(path: Path, to: Path) -> None:
    private.folder(to.parent)
    path.replace(to)
