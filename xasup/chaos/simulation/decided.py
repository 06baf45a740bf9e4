"""The truth of a simulated run, as the bridge sees it: it outlives all who ask. Refuses to know: who decides."""

from __future__ import annotations

import asyncio

from xasup.protocol import changes
from xasup.protocol.changes import Change
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Cell, ChangeEntry


class Decided(MemoryTruth):
    """Without anything on which a process waits that may be killed there."""

    def decide(self, change: Change) -> str:
        """Its position."""
        return self._append(changes.encode(change))

    def note(self, cell: Cell, value: str) -> None:
        self._put({cell: value.encode()})

    async def changes(self, after: str, limit: int, wait: float) -> list[ChangeEntry]:
        if not self._after(after):
            await asyncio.sleep(wait)
        return self._after(after)[:limit]

    async def _tell(self) -> None:
        """Nobody listens; who wants to know looks again."""
