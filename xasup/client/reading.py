"""What a person can look at: conversations, their lines by page, day and words, and how far a message came."""

from __future__ import annotations

import asyncio

from xasup.client import steps
from xasup.client.parts import Parts
from xasup.client.sorting import is_local
from xasup.client.uplink import Uplink
from xasup.client.values import Conversation, Message, Step
from xasup.client.views import conversations_of, message_of
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.events import Payload
from xasup.wire.store import DeviceStore, Line

_HISTORY, _PATIENCE = "history", 2.0  # seconds for history to say how far a message came


class Reading:
    """See Client. All raise Unavailable when the file cannot be read."""

    _parts: Parts
    _uplink: Uplink

    async def conversations(self) -> list[Conversation]:
        """Those with messages, the newest first; then those about which I decided something."""
        threads, traits = await self._parts.journal.do(lambda store: (store.history.threads(), store.choices.all()))
        return conversations_of(threads, traits, self._parts.me)

    async def messages(self, conversation: str, before: int | None = None, limit: int = 50) -> list[Message]:
        """The newest *limit* lines (older than the line whose `seq` is *before*), oldest first."""
        return self._shown(await self._parts.journal.do(lambda store: store.history.page(conversation, before, limit)))

    async def messages_after(self, conversation: str, after: int, limit: int = 50) -> list[Message]:
        """The oldest *limit* lines that are newer than the line whose `seq` is *after*, oldest first."""
        lines = await self._parts.journal.do(lambda store: store.history.page_after(conversation, after, limit))
        return self._shown(lines)

    async def day(self, conversation: str, ts: int) -> int | None:
        """`seq` of the first line written at *ts* (milliseconds since the epoch) or later; None where there is none.
        By the clocks of those who wrote, so only as good as these."""
        return await self._parts.journal.do(lambda store: _day(store, conversation, ts))

    async def search(
        self, text: str, conversation: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        """Lines with all these words, the last one perhaps only begun; the newest first; `seq` under *before*. While
        the file of an older version is still being read, only what has been read."""
        return self._shown(
            await self._parts.journal.do(lambda store: store.search.find(text, conversation, before, limit))
        )

    async def states(self, conversation: str, id: str) -> list[Step]:
        """How far a message came, and when: as history has it, where it answers, and as this device knows. Raises
        Malformed where there is no such message here."""
        found = await self._parts.journal.do(lambda store: store.history.find([id]))
        line = next((line for line in found if line.conversation == conversation), None)
        if line is None:
            raise Malformed(f"{id}: not a message here")
        told = steps.read(await self._told(line))
        return steps.merged(message_of(line, self._parts.me), line.at, told, self._parts.me)

    async def _told(self, line: Line) -> Payload:
        """What history says; nothing where it is not there, or does not know the message (yet)."""
        if self._uplink.wire is None or is_local(line.id):
            return {}
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._parts.counter.request(
                    _HISTORY, "states", keep=False, message=line.id, sender=line.sender
                )
        except (TimeoutError, Unavailable, Refused, Malformed):
            return {}

    def _shown(self, lines: list[Line]) -> list[Message]:
        return [message_of(line, self._parts.me) for line in lines]


def _day(store: DeviceStore, conversation: str, ts: int) -> int | None:
    """Halves the numbers of lines, which are those of all conversations together, until one line is left."""
    low, high, found = 1, store.history.newest() + 1, None
    while low < high:
        middle = (low + high) // 2
        line = next(iter(store.history.page_after(conversation, middle - 1, 1)), None)
        if line is None:
            high = middle
        elif steps.written_at(line) >= ts:
            found, high = line.seq, middle
        else:
            low = line.seq + 1
    return found
