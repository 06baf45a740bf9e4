"""Copies a running backend: history first, then truth and log at one moment, so that history is never ahead of the log.

What is not copied is made anew from this: the broker's directory, its sessions, the tokens of services. Refuses to
know: screens.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xasup import __version__
from xasup.backup import records
from xasup.backup.archive import AUTHORITY, HISTORY, RECORDS, TRUTH, Progress, Writer, writing
from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.runtime.layout import LAYOUT
from xasup.runtime.settings import Settings
from xasup.wire.log import open_log
from xasup.wire.log.port import Shard, offset_key
from xasup.wire.mailboxes.copy import copy
from xasup.wire.redis.snapshot import snapshot
from xasup.wire.truth import open_truth, schema

_TRIES = 5


async def save(settings: Settings, to: Path, progress: Progress) -> None:
    """Into *to*, which is replaced. Raises Unavailable: nothing runs there, the Redis is not ours, no room."""
    if settings.redis:
        raise Unavailable("the Redis is not ours (XASUP_REDIS): copy it by its own means, together with the history")
    async with open_truth(settings.redis_url) as truth:
        number = await schema.check(truth)
    try:
        with tempfile.TemporaryDirectory(prefix=".xasup-backup-", dir=to.parent) as folder:
            await _save(settings, to, Path(folder), {"schema": number}, progress)
    except OSError as error:
        raise Unavailable(f"{error.filename or to}: {error.strerror or error}") from error


async def _save(settings: Settings, to: Path, folder: Path, facts: dict[str, Any], progress: Progress) -> None:
    for _ in range(_TRIES):
        reached = await asyncio.to_thread(copy, settings.history, folder / HISTORY)
        if settings.log == "kafka":
            await records.write(settings.log_url, folder / RECORDS)
        async with snapshot(settings.redis_url, settings.redis_socket.parent) as dump:
            if await _follows(settings.log_url, reached):
                with writing(to, progress) as archive:
                    await asyncio.to_thread(_fill, archive, settings, folder, dump)
                    archive.finish(_facts(settings) | facts)
                return
        for name in (HISTORY, RECORDS):
            (folder / name).unlink(missing_ok=True)
    raise Unavailable("the log was trimmed each time while it was copied; give it more room (XASUP_LOG_MEMORY)")


def _fill(archive: Writer, settings: Settings, folder: Path, dump: Path) -> None:
    archive.add(TRUTH, dump)
    archive.add(HISTORY, folder / HISTORY)
    if (folder / RECORDS).exists():
        archive.add(RECORDS, folder / RECORDS)
    for name in AUTHORITY:  # else all devices would have to be given another authority
        if (settings.data / name).exists():
            archive.add(name, settings.data / name)


def _facts(settings: Settings) -> dict[str, Any]:
    return {
        "layout": LAYOUT,
        "version": __version__,
        "made": time.time_ns() // 1_000_000,
        "log": settings.log,
        "node": settings.node,
    }


async def _follows(url: str, reached: Mapping[Shard, str]) -> bool:
    """Whether the log still begins where the copy of history ends, or before."""
    async with open_log(url) as log:
        await records.answering(log)
        for stream in (Stream.MESSAGES, Stream.RECEIPTS):
            for shard, extent in (await log.extent(stream)).items():
                at = reached.get(shard, "")
                if extent.first and offset_key(extent.first) > offset_key(at) and _gap(extent.first, at):
                    return False
    return True


def _gap(first: str, at: str) -> bool:
    """Records are numbered without holes, by the last part of their offset: whether there are some between."""
    number = int(first.rpartition("-")[2])
    return number > (int(at.rpartition("-")[2]) + 1 if at else 1 if "-" in first else 0)
