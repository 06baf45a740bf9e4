"""All that a Redis of this machine holds, as one file, as it was at one moment, while it goes on serving.

Redis writes it beside its own data, in a process of its own. Refuses to know: what the keys mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire.redis.info import info
from xasup.wire.redis.link import Link

_PAUSE = 0.05  # seconds between two looks; no event tells of the end
_ASK_AGAIN = 0.5  # seconds, while Redis writes something else
_TRIES = 240


@asynccontextmanager
async def snapshot(url: str, folder: Path) -> AsyncIterator[Path]:
    """The file, for the time of the block. *folder*: where that Redis keeps its data. Raises Unavailable."""
    path = folder / "dump.rdb"
    path.unlink(missing_ok=True)
    try:
        await _begin(url)
        facts = await info(url)
        while facts["rdb_bgsave_in_progress"] != "0":
            await asyncio.sleep(_PAUSE)
            facts = await info(url)
        if facts["rdb_last_bgsave_status"] != "ok" or not path.exists():
            raise Unavailable("Redis could not write what it holds; redis.log in the data directory says why")
        yield path
    finally:
        path.unlink(missing_ok=True)


async def _begin(url: str) -> None:
    """Raises Unavailable."""
    link = Link(url)
    said: object = None
    try:
        for _ in range(_TRIES):
            (said,) = await link.ask([("BGSAVE",)])
            if not isinstance(said, Unavailable):
                return
            await asyncio.sleep(_ASK_AGAIN)  # it makes its append-only file shorter at this moment
    finally:
        await link.close()
    raise Unavailable(f"{said}")
