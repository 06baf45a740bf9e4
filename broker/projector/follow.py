"""The projector: batches of changes into the directory, each in one transaction with its position; then it reports.

It resumes where the directory stands, so a kill at any instant neither skips nor repeats. Whatever is away is waited
for, with nothing reported meanwhile. Refuses to know: who decided a change, who waits for the report.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from broker.projector.metrics import Metrics
from broker.projector.rebuild import edits_in, rebuild
from xasup.protocol.errors import Damaged, Malformed, Unavailable
from xasup.wire.directory import DirectoryWriter
from xasup.wire.truth import schema
from xasup.wire.truth.port import Gap, Truth, position_key

log = structlog.get_logger()
_BATCH = 1000  # changes in one transaction
_LOOK = 5000  # cells that are looked at when there is nothing to do: some milliseconds of each second
_IDLE = 1.0  # seconds of waiting, after which the position is reported again: a Redis that restarted has forgotten it
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)  # seconds between attempts; the last one for ever


class Projector:
    """*node*: in whose name it reports; *ready*: called once, when the directory has all that there was at the start;
    *pause*: as asyncio.sleep."""

    def __init__(
        self,
        truth: Truth,
        writer: DirectoryWriter,
        node: str,
        ready: Callable[[], None],
        pause: Callable[[float], Awaitable[None]],
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._truth, self._writer, self._node, self._pause = truth, writer, node, pause
        self._ready: Callable[[], None] | None = ready
        self._rebuild_because = ""
        self._failures = 0

    async def run(self, rebuild_because: str = "") -> None:
        """For ever. *rebuild_because*: a reason to begin with a new directory."""
        self._rebuild_because = rebuild_because
        while True:
            try:
                await self._follow(await self._begin())
            except (Gap, Malformed) as error:
                self._rebuild_because = str(error)
                await self._fail("the changes cannot be followed", error)
            except Damaged as error:
                self._rebuild_because = str(error)
                await self._fail("the directory is damaged", error)
            except Unavailable as error:
                await self._fail("waiting", error)

    async def _begin(self) -> str:
        """The position of the directory, a new one if need be."""
        await schema.check(self._truth)
        if not self._rebuild_because:
            try:
                return self._writer.applied()
            except Unavailable as error:
                self._rebuild_because = str(error)
        log.warning("the directory must be rebuilt", reason=self._rebuild_because)
        self._metrics.rebuilding(self._rebuild_because)
        position = await rebuild(self._truth, self._writer)
        self._rebuild_because = ""
        return position

    async def _follow(self, position: str) -> None:
        log.info("following", position=position)
        target = position_key(await self._truth.last_position())
        while True:
            await self._truth.report_applied(self._node, position)
            if self._ready is not None and position_key(position) >= target:
                self._ready()
                self._ready = None
            position = await self._apply(position)

    async def _apply(self, position: str) -> str:
        """One batch, when there is one. Returns the position that the directory now stands at."""
        entries = await self._truth.changes(position, _BATCH, _IDLE)
        if entries:
            self._writer.apply(edits_in(entries), entries[-1].position, after=position)
        else:
            self._writer.look(_LOOK)
        if self._failures:
            log.info("working again", failures=self._failures)
            self._failures = 0
        applied = entries[-1].position if entries else self._writer.applied()
        newest = await self._truth.last_position() if len(entries) == _BATCH else applied
        self._metrics.applied(len(entries), applied, newest)
        return applied

    async def _fail(self, what: str, error: Exception) -> None:
        """Told when it begins and then now and again, for as long as it lasts."""
        if self._failures % 60 == 0:
            log.error(what, reason=str(error), failures=self._failures + 1)
        self._metrics.failed(error)
        self._failures += 1
        await self._pause(_PAUSES[min(self._failures, len(_PAUSES)) - 1])
