"""Reads a file of an older version into the index of words, slice by slice, while the engine works. A task of it.

Each slice is a job among others, so that nobody waits long; how far it came is in the file.
"""

from __future__ import annotations

import asyncio

from xasup.client.journal import Journal
from xasup.protocol.errors import Unavailable

_SLICE = 200  # lines
_PAUSE, _RETRY = 0.02, 5.0  # seconds


class Indexer:
    """*slice_*: lines that are read at once."""

    def __init__(self, journal: Journal, slice_: int = _SLICE) -> None:
        self._journal, self._slice = journal, slice_

    async def run(self) -> None:
        """Until the index has everything."""
        while True:
            if not await self._more():
                return
            await asyncio.sleep(_PAUSE)  # the others' turn

    async def _more(self) -> bool:
        while True:
            try:
                return await self._journal.do(lambda store: store.search.build(self._slice))
            except Unavailable:  # progress tells of it
                await asyncio.sleep(_RETRY)
