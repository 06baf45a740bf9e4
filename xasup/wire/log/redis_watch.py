"""Looks about twice a second at the memory that the log takes in Redis, and has trimmed what may be trimmed.

Only while there are appends: nothing else makes the log grow. Refuses to know: what waits for room.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import State
from xasup.wire.log.redis_keys import Keys
from xasup.wire.redis.link import Link

_EVERY = 0.5  # seconds


class Watch:
    """*limit*: bytes; from half of it on it trims. *appended*: how many records there were so far; *changed* is called
    when `full` has ended."""

    def __init__(
        self, url: str, keys: Keys, limit: int, appended: Callable[[], int], changed: Callable[[], None]
    ) -> None:
        self._link, self._keys, self._limit = Link(url), keys, limit
        self._script = Path(__file__).with_name("trim.lua").read_text()
        self._appended, self._changed = appended, changed
        self._task: asyncio.Task[None] | None = None
        self.full: State | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="log watch")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._link.close()

    async def _run(self) -> None:
        seen = 0
        while True:
            if self.full or self._appended() != seen:
                seen = self._appended()
                with contextlib.suppress(Unavailable):  # the appender finds that out, and says so
                    self._judge(await self._look())
            await asyncio.sleep(_EVERY)

    async def _look(self) -> int:
        """Trim where it is needed; the bytes that were taken before. Raises Unavailable."""
        streams = self._keys.streams()
        keys = (self._keys.committed, *streams.values())
        [used] = await self._link.ask([("EVAL", self._script, len(keys), *keys, self._limit // 2, *streams)])
        if isinstance(used, Unavailable):
            raise used
        return int(used)

    def _judge(self, used: int) -> None:
        if used < self._limit:
            self.full = None
            self._changed()
            return
        reason = "consumers have not committed enough of it to trim; see `xasup log stats`"
        self.full = State("full", f"the log takes {used >> 20} of {self._limit >> 20} MiB in Redis, and {reason}")
