"""A wire for one who takes everything that comes: deliveries by the piece, as bytes, acknowledged by number.

Less than half the cost of batches(): no object for a packet, no text for a topic, and the taker itself says when the
socket is left unread. Refuses to know: what topics and payloads mean, when to hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from time import perf_counter

from xasup.protocol.errors import Unavailable
from xasup.wire.mqtt import packets
from xasup.wire.mqtt.packets import PUBACK, PUBLISH, Frame
from xasup.wire.mqtt.values import Address, Will
from xasup.wire.mqtt.wire import KEEPALIVE, Wire, opened

Delivery = tuple[bytes, bytes, int]  # topic, payload, packet id (0 at QoS 0)
Take = Callable[[list[Delivery]], None]
BREATH = 0.003  # seconds: after a read that followed the one before it within BREATH, the socket rests so long
_QOS1 = PUBLISH | 2
_FLAGS = 0xF6  # all bits of the first byte but DUP and RETAIN


@asynccontextmanager
async def intake(
    address: Address,
    *,
    receive_maximum: int,
    will: Will | None = None,
    session_expiry: int = 0,
    keepalive: int = KEEPALIVE,
    patience: float = 10,
    watchful: bool = False,
    clock: Callable[[], float] = perf_counter,
) -> AsyncIterator[Intake]:
    """As connect(). *receive_maximum*: deliveries that the broker may have on the way without an acknowledgement; so
    many may come before begin(). *clock*: seconds, running evenly, also within one turn of the event loop."""
    async with opened(
        Intake(address, will, session_expiry, keepalive, patience, receive_maximum, watchful, clock)
    ) as wire:
        yield wire


class Intake(Wire):
    """One live connection; made by intake()."""

    def __init__(
        self,
        address: Address,
        will: Will | None,
        expiry: int,
        keepalive: int,
        patience: float,
        receive_maximum: int,
        watchful: bool,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(address, will, expiry, keepalive, patience, receive_maximum, watchful)
        self._stream.shortcut = self._on_piece
        self._early: list[Delivery] = []
        self._take: Take = self._early.extend
        self._loop, self._clock = asyncio.get_running_loop(), clock
        self._end: asyncio.Future[Unavailable] = self._loop.create_future()
        self._held = self._resting = False
        self._read_at = 0.0

    def begin(self, take: Take) -> None:
        """From now on *take* gets what one read of the socket brought, in order; first what has come already."""
        early, self._early = self._early, []
        self._take = take
        if early:
            take(early)

    def hold(self, on: bool) -> None:
        """Leave the socket unread, or go on. Pings go out as ever; that their answers are not seen is no reason to end
        the connection."""
        self._held = on
        self._stream.pause(on or self._resting)

    def acknowledge(self, mids: Iterable[int]) -> None:
        """By packet id, in this order. Nothing happens when the connection is gone: they will come again."""
        if self._ended is None and (acknowledgements := packets.pubacks(mids)):
            self._stream.write(acknowledgements)

    async def ended(self) -> Unavailable:
        """Wait for the end of the connection; why it ended."""
        return await asyncio.shield(self._end)

    def _on_piece(self, data: bytes) -> int:
        deliveries, acknowledged, end = cut(data)
        for mid, code in acknowledged:
            self._window.acknowledged(mid, code)
        if acknowledged:
            self._send()
        if deliveries:
            self._take(deliveries)
        self._breathe()
        return end

    def _breathe(self) -> None:
        """Reads in close succession bring one message each, and cost as much as one that brings twenty: leave the
        socket alone for a moment, in which the broker goes on without waking us."""
        now = self._clock()
        if now - self._read_at < BREATH and not self._resting and not self._held:
            self._resting = True
            self._stream.pause(True)
            self._loop.call_later(BREATH, self._go_on)
        self._read_at = now

    def _go_on(self) -> None:
        self._resting = False
        self._read_at = self._clock()
        self._stream.pause(self._held)

    def _on_hot(self, data: bytes, frames: list[Frame]) -> None:
        """The long way, for what cut() leaves."""
        deliveries: list[Delivery] = []
        for frame in frames:
            if frame.first == PUBACK:
                self._window.acknowledged(*packets.read_puback(data, frame))
            else:
                message = packets.read_publish(data, frame)
                deliveries.append((message.topic.encode(), message.payload, message.mid))
        self._send()
        if deliveries:
            self._take(deliveries)

    def _hold_back(self) -> None:
        """The taker says when."""

    def _on_end(self, error: Unavailable) -> None:
        super()._on_end(error)
        if not self._end.done():
            self._end.set_result(error)


def cut(data: bytes) -> tuple[list[Delivery], list[tuple[int, int]], int]:
    """The packets at the beginning of *data* that are whole and of the two usual kinds, PUBLISH at QoS 1 without
    properties and PUBACK: deliveries, acknowledgements (packet id, reason code), and where it stopped.

    Held against packets.frames() by a test. A Rust codec is no faster: what it saves in the loop it spends on objects.
    """
    deliveries: list[Delivery] = []
    acknowledged: list[tuple[int, int]] = []
    add = deliveries.append
    at, size = 0, len(data)
    try:
        while at < size:
            length, body = data[at + 1], at + 2
            if length & 0x80:
                if data[body] & 0x80:  # more than 16 KiB
                    break
                length, body = length & 0x7F | data[body] << 7, body + 1
            end = body + length
            if end > size:
                break
            if data[at] & _FLAGS == _QOS1:
                name = body + 2 + (data[body] << 8 | data[body + 1])  # where the topic ends
                if name + 3 > end or data[name + 2] or name == body + 2:
                    break
                add((data[body + 2 : name], data[name + 3 : end], data[name] << 8 | data[name + 1]))
            elif data[at] == PUBACK and length >= 2:
                acknowledged.append((data[body] << 8 | data[body + 1], data[body + 2] if length > 2 else 0))
            else:
                break
            at = end
    except IndexError:  # the rest has not come yet
        pass
    return deliveries, acknowledged, at
