"""The wire: publish and know how it ended, receive in batches and acknowledge after the effect.

Lean on purpose: no task, no queue and no future per message unless the caller wants one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from xasup.protocol.errors import Malformed, Refused, Unavailable, XasupError
from xasup.wire.mqtt import packets, silence
from xasup.wire.mqtt.arrivals import Arrivals
from xasup.wire.mqtt.packets import PUBACK, Frame
from xasup.wire.mqtt.session import RECEIVE_MAXIMUM, Session
from xasup.wire.mqtt.values import Address, Done, Incoming, Subscription, Will
from xasup.wire.mqtt.window import IN_FLIGHT, Publish, Window

KEEPALIVE = 15  # seconds; see docs/decisions/0031-silence-is-suspicious.md
MAX_BACKLOG = 4 << 20  # bytes; a QoS 0 publish is not queued behind more
_PACKET_ROOM = 16  # bytes of a PUBLISH besides topic and payload, at most
AnyWire = TypeVar("AnyWire", bound="Wire")


@asynccontextmanager
async def connect(
    address: Address,
    *,
    will: Will | None = None,
    session_expiry: int = 0,
    keepalive: int = KEEPALIVE,
    patience: float = 10,
    watchful: bool = False,
) -> AsyncIterator[Wire]:
    """A connection for the time of the block; no task outlives it.

    *session_expiry*: seconds for which the broker keeps subscriptions and queued messages after the connection ends;
    0 begins and ends with a clean session. *keepalive*, *patience* (with each answer): seconds; *watchful*: a broker
    that says nothing is asked at once for a sign of life, not only where something is expected of it. Raises Refused
    (credentials) or Unavailable (host unknown, nobody listens, TLS, no answer), each with a sentence. Inside the block
    any method may raise Unavailable once the connection is lost.
    """
    async with opened(Wire(address, will, session_expiry, keepalive, patience, watchful=watchful)) as wire:
        yield wire


@asynccontextmanager
async def opened(wire: AnyWire) -> AsyncIterator[AnyWire]:
    """Connect it, for the time of the block. Raises as connect()."""
    session = wire._session
    await session.open()
    wire._window.limit = max(1, min(IN_FLIGHT, session.receive_maximum))
    try:
        yield wire
    finally:
        wire._on_end(Unavailable(f"the connection to {session.address} was left"))
        await session.leave()


class Wire:
    """One live connection; made by connect(). Belongs to one event loop."""

    def __init__(
        self,
        address: Address,
        will: Will | None,
        expiry: int,
        keepalive: int,
        patience: float,
        receive_maximum: int = RECEIVE_MAXIMUM,
        watchful: bool = False,
    ) -> None:
        self._patience = patience
        self._session = Session(
            address,
            will,
            expiry,
            keepalive,
            patience,
            self._on_hot,
            self._on_end,
            receive_maximum,
            watchful,
            self._owed,
        )
        self._stream = self._session.stream
        self._window = Window()
        self._arrivals = Arrivals()
        self._ended: Unavailable | None = None
        self._spoke, self._expecting_until = False, 0.0

    @property
    def session_present(self) -> bool:
        """True when the broker had kept the session: subscriptions stand, queued messages follow."""
        return self._session.session_present

    @property
    def alive(self) -> bool:
        """False once the connection is lost or left."""
        return self._ended is None

    @property
    def outstanding(self) -> int:
        """Publishes whose end is not known yet."""
        return len(self._window)

    async def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:
        """Return when the broker has acknowledged (QoS 1) or when it is on its way (QoS 0).

        Raises Refused (reason code 0x80 and above), Malformed (too large, not a topic), Unavailable (connection lost,
        no acknowledgement in time: it may or may not have arrived).
        """
        if qos == 0:
            self._publish_qos0(topic, payload, retain)
            return
        ended = self.publish_soon(topic, payload, retain)
        try:
            async with asyncio.timeout(self._patience):
                await ended
        except TimeoutError:
            raise Unavailable(f"{topic}: not acknowledged within {self._patience:g} s") from None

    def publish_soon(self, topic: str, payload: bytes, retain: bool = False) -> asyncio.Future[None]:
        """QoS 1, without waiting: the future ends as publish() does (but has no time limit). Order is kept."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: XasupError | None) -> None:
            if ended.done():
                return
            if error is None:
                ended.set_result(None)
            else:
                ended.set_exception(error)

        self.publish_with(topic, payload, done, retain=retain)
        return ended

    def publish_with(self, topic: str, payload: bytes, done: Done, *, retain: bool = False) -> None:
        """QoS 1, at the lowest cost: *done* is called once, with None or the error, perhaps before this returns."""
        if self._ended is not None:
            done(self._ended)
            return
        self._window.line_up(Publish(topic, payload, retain, done))
        self._send()

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> list[Refused | None]:
        """For each filter, in order: None when granted, else why not. Raises Unavailable."""
        return await self._session.ask(subscriptions) if subscriptions else []

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Raises Unavailable."""
        if filters:
            await self._session.forget(filters)

    async def batches(self) -> AsyncIterator[list[Incoming]]:
        """What arrived since the last turn, in order, at most a thousand at a time; for one reader.

        QoS 1 messages must be given to ack(); until then the broker counts them as not delivered and sends them again
        in the next connection of this session. Raises Unavailable, with the reason, when the connection is lost.
        """
        while True:
            if not self._arrivals:
                if self._ended is not None:
                    raise self._ended
                await self._arrivals.wait()
            batch = self._arrivals.take()
            self._hold_back()
            if batch:
                yield batch

    def ack(self, batch: Iterable[Incoming]) -> None:
        """Acknowledge, after the effect. Nothing happens when the connection is gone: they will come again."""
        mids = [message.mid for message in batch if message.qos]
        if mids and self._ended is None:
            self._stream.write(packets.pubacks(mids))

    def give_up(self, reason: str) -> None:
        """End the connection from here, without a goodbye, as if it had been lost for *reason*."""
        self._session.give_up(reason)

    def _owed(self) -> bool:
        """The broker owes an acknowledgement, or what we said a moment ago will have an answer."""
        now = silence.clock()
        if self._spoke:
            self._spoke, self._expecting_until = False, now + silence.RECENT
        return self._window.flies or now < self._expecting_until

    def _publish_qos0(self, topic: str, payload: bytes, retain: bool) -> None:
        if self._ended is not None:
            raise self._ended
        self._check_size(topic, payload)
        if self._stream.backlog > MAX_BACKLOG:
            raise Unavailable(f"{topic}: the network does not keep up")
        self._stream.write(packets.publish(topic, payload, 0, retain, 0))

    def _send(self) -> None:
        while (taken := self._window.take()) is not None:
            mid, publish = taken
            self._spoke = True
            try:
                self._check_size(publish.topic, publish.payload)
                self._stream.write(packets.publish(publish.topic, publish.payload, 1, publish.retain, mid))
            except Malformed as error:
                self._window.drop(mid)
                publish.done(error)
        self._hold_back()

    def _check_size(self, topic: str, payload: bytes) -> None:
        limit = self._session.maximum_packet
        if limit is not None and len(topic) + len(payload) + _PACKET_ROOM > limit:
            raise Malformed(f"{topic}: {len(payload)} bytes; the broker takes packets of at most {limit}")

    def _on_hot(self, data: bytes, frames: list[Frame]) -> None:
        acknowledged = False
        for frame in frames:
            if frame.first == PUBACK:
                self._window.acknowledged(*packets.read_puback(data, frame))
                acknowledged = True
            else:
                self._arrivals.add(packets.read_publish(data, frame))
        if acknowledged:
            self._send()
        if self._arrivals:
            self._hold_back()
            self._arrivals.wake()

    def _hold_back(self) -> None:
        # Never while somebody waits for an acknowledgement: it comes through the same socket.
        self._stream.pause(self._arrivals.full and not len(self._window))

    def _on_end(self, error: Unavailable) -> None:
        if self._ended is None:
            self._ended = error
            self._window.lost(error)
            self._arrivals.wake()
