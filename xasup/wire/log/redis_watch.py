"""Looks about twice a second at the memory that the log takes in Redis, and has trimmed what may be trimmed. Of streams
that have a share the oldest records go, so that nobody fills the log with what nobody consumes.

Only while there are appends, or Redis has no memory for them: nothing else makes the log grow. Refuses to
know: what waits for room.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import structlog

from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import Shares, State
from xasup.wire.log.redis_keys import Keys
from xasup.wire.redis.link import Link

log = structlog.get_logger()

_EVERY = 0.5  # seconds
_UNBOUNDED = -1  # as the script spells it


class Watch:
    """*limit*: bytes; from half of it on it trims. *shares*: of the limit, for the streams that are bounded by
    themselves. *appended*: how many records there were so far; *starved*: whether Redis refuses appends for want of
    memory; *changed* is called when `full` has ended."""

    def __init__(
        self,
        url: str,
        keys: Keys,
        limit: int,
        shares: Shares,
        appended: Callable[[], int],
        starved: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._link, self._keys, self._limit = Link(url), keys, limit
        self._most = {str(stream): int(share * limit) for stream, share in shares.items()}
        self._script = Path(__file__).with_name("trim.lua").read_text()
        self._appended, self._starved, self._changed = appended, starved, changed
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
            starved = self._starved()
            if starved or self.full or self._appended() != seen:
                seen = self._appended()
                with contextlib.suppress(Unavailable):  # the appender finds that out, and says so
                    used = await self._look(self._limit // 2)
                    if starved:  # its limit is lower than ours
                        await self._look(used // 2)
                    self._judge(used)
            await asyncio.sleep(_EVERY)

    async def _look(self, keep: int) -> int:
        """Trim where there are more than *keep* bytes; those that were taken before. Raises Unavailable."""
        streams = self._keys.streams()
        keys = (self._keys.committed, *streams.values())
        words = [word for stream in streams for word in (stream, self._most.get(stream, _UNBOUNDED))]
        [told] = await self._link.ask([("EVAL", self._script, len(keys), *keys, keep, *words)])
        if isinstance(told, Unavailable):
            raise told
        used, *dropped = map(int, told)
        for stream, count in zip(streams, dropped, strict=True):
            if count:
                log.warning("the oldest records are dropped", stream=stream, count=count)
        return used

    def _judge(self, used: int) -> None:
        if used < self._limit:
            self.full = None
            self._changed()
            return
        reason = "consumers have not committed enough of it to trim; see `xasup log stats`"
        self.full = State("full", f"the log takes {used >> 20} of {self._limit >> 20} MiB in Redis, and {reason}")
