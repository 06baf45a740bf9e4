"""What happens, handed to its readers: one bounded mailbox each; who does not keep up loses the oldest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from xasup.client.events import Event, MessageAdded, Missed

ROOM = 50_000  # of weight: an event has 1, and 1 more for each 1,000 characters of its text


class _Mailbox:
    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.weight = 0
        self.missed = 0
        self.waiter: asyncio.Future[None] | None = None


class Feed:
    """The first reader also gets what happened before it came. *room*: of a mailbox, in weight."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._mailboxes: list[_Mailbox] = [_Mailbox()]
        self._unread: _Mailbox | None = self._mailboxes[0]
        self._closed = False

    def tell(self, event: Event) -> None:
        """To all readers, in order."""
        weight = _weight(event)
        for box in self._mailboxes:
            box.events.append(event)
            box.weight += weight
            while box.weight > self._room:
                box.weight -= _weight(box.events.popleft())
                box.missed += 1
            _wake(box)

    def close(self) -> None:
        """Readers end when they have read what is there."""
        self._closed = True
        for box in self._mailboxes:
            _wake(box)

    def read(self) -> AsyncIterator[Event]:
        """From this moment on; for one loop."""
        box = self._unread
        self._unread = None
        if box is None:
            box = _Mailbox()
            self._mailboxes.append(box)
        return self._read(box)

    async def _read(self, box: _Mailbox) -> AsyncIterator[Event]:
        try:
            while True:
                if box.missed:
                    count, box.missed = box.missed, 0
                    yield Missed(count)
                while box.events:
                    event = box.events.popleft()
                    box.weight -= _weight(event)
                    yield event
                if self._closed:
                    return
                box.waiter = asyncio.get_running_loop().create_future()
                await box.waiter
        finally:
            self._mailboxes.remove(box)


def _weight(event: Event) -> int:
    return 1 + len(event.message.text) // 1000 if isinstance(event, MessageAdded) else 1


def _wake(box: _Mailbox) -> None:
    if box.waiter is not None and not box.waiter.done():
        box.waiter.set_result(None)
