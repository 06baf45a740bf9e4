"""Messages that have arrived and wait for their reader, in batches. Bounded by telling when it is full."""

from __future__ import annotations

import asyncio

from xasup.wire.mqtt.values import Incoming

MAX_BATCH = 1000  # messages
MAX_MESSAGES, MAX_BYTES = 10_000, 16 << 20  # of payload


class Arrivals:
    """For one reader."""

    def __init__(self) -> None:
        self._messages: list[Incoming] = []
        self._bytes = 0
        self._reader: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def full(self) -> bool:
        """True when the socket should be left unread for a while."""
        return len(self._messages) > MAX_MESSAGES or self._bytes > MAX_BYTES

    def add(self, message: Incoming) -> None:
        """In order; wake() tells the reader."""
        self._messages.append(message)
        self._bytes += len(message.payload)

    def take(self) -> list[Incoming]:
        """The oldest ones, at most MAX_BATCH."""
        batch, self._messages = self._messages[:MAX_BATCH], self._messages[MAX_BATCH:]
        self._bytes = sum(len(message.payload) for message in self._messages)
        return batch

    def wake(self) -> None:
        """There is something, or there will be nothing any more."""
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def wait(self) -> None:
        """Until woken."""
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None
