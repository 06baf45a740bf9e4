"""Messages written at a steady rate, several in flight at any time, each noted down with its time and its end.

Refuses to know: who listens, when it is to end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from xasup.chaos.cutoff import ACCEPTED, REFUSED, Flow, Sent
from xasup.chaos.pace import Pace
from xasup.protocol.errors import XasupError
from xasup.wire.mqtt import Wire
from xasup.wire.mqtt.reasons import NOT_AUTHORIZED

BURST = 5  # messages written at once, thus in flight together
SETTLED = 10.0  # seconds for the last PUBACK
_CAUGHT_UP = 10  # bursts after a stall, of all that were missed


class Torrent:
    """Of *flow*, on *topic*, *rate* messages a second; *wire* is MQTT 5, where a PUBACK says yes or no."""

    def __init__(self, wire: Wire, topic: str, flow: Flow, rate: float) -> None:
        self.flow = flow
        self._wire, self._topic, self._pause = wire, topic, BURST / rate
        self._open, self._closed = 0, asyncio.Event()

    @asynccontextmanager
    async def pouring(self) -> AsyncIterator[None]:
        """For the time of the block, and until all that was written has its PUBACK, or none comes."""
        task = asyncio.create_task(self._pour(), name=f"torrent of {self.flow.name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
        await self.settle()

    def burst(self) -> None:
        """Some messages, this moment."""
        clock = asyncio.get_running_loop().time
        for _ in range(BURST):
            sent = Sent(f"{self.flow.name}-{len(self.flow.sent)}", clock())
            self.flow.sent.append(sent)
            self._open += 1
            self._wire.publish_with(self._topic, sent.text.encode(), self._ended(sent))

    async def _pour(self) -> None:
        clock = asyncio.get_running_loop().time
        pace = Pace(self._pause, clock(), behind=_CAUGHT_UP * self._pause)
        while True:
            self.burst()
            await asyncio.sleep(pace.wait(clock()))

    def _ended(self, sent: Sent) -> Callable[[XasupError | None], None]:
        def ended(error: XasupError | None) -> None:
            sent.fate, sent.ended = _fate(error), asyncio.get_running_loop().time()
            self._open -= 1
            if not self._open:
                self._closed.set()

        return ended

    async def settle(self) -> None:
        """Wait for the last PUBACK; what stays open is for the judge."""
        self._closed.clear()
        if self._open:
            try:
                await asyncio.wait_for(self._closed.wait(), SETTLED)
            except TimeoutError:
                return


def _fate(error: XasupError | None) -> str:
    if error is None:
        return ACCEPTED
    return REFUSED if f"(0x{NOT_AUTHORIZED:02x})" in str(error) else str(error)
