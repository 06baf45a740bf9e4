"""Opens the mailboxes; where their file is damaged, and the log has everything, it is set aside and filled anew.

Where the log no longer has its beginning, the damaged file may be the only place for some of it: then somebody has to
decide. Refuses to know: how mailboxes are filled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from history.consumer import STREAMS, lost_before
from xasup.protocol.errors import Damaged, Unavailable
from xasup.wire.log.port import Log
from xasup.wire.mailboxes import Mailboxes, open_file
from xasup.wire.store.repair import set_aside

log = structlog.get_logger()

_TRIES, _PAUSE = 20, 0.5  # seconds between two


async def opened(path: Path, source: Log, dice: Callable[[], str]) -> Mailboxes:
    """As mailboxes.open_file(). Raises Unavailable; Damaged where only a person can say what to do."""
    try:
        return await asyncio.to_thread(open_file, path, dice)
    except Damaged as error:
        if not await _whole(source):
            raise Damaged(
                f"{error}; the log no longer has its beginning: restore a backup (`xasup restore`), or move the file"
                " and what is named after it away, and history begins with what the log has"
            ) from None
        aside = set_aside(path)
        log.error("history is damaged; it is filled anew from the log", reason=str(error), aside=str(aside))  # noqa: TRY400
    return await asyncio.to_thread(open_file, path, dice)


async def _whole(source: Log) -> bool:
    """Whether the log begins with its first records. Raises Unavailable where it does not answer."""
    for left in reversed(range(_TRIES)):
        try:
            extents = [await source.extent(stream) for stream in STREAMS]
        except Unavailable:
            if not left:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return not any(lost_before(found) for found in extents)
    return False
