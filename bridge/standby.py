"""Standing by: a second connection, over which the bridge hears whether another one is at work. Refuses to know: what
that work is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bridge.presence import TOPIC, Presence, Vigil
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.runtime.supervise import backoff
from xasup.wire.mqtt import Address, Subscription
from xasup.wire.mqtt.intake import Delivery, Intake, intake

log = structlog.get_logger()

KEEPALIVE = 5  # seconds
WINDOW = 20  # deliveries; there is one topic


class Standby:
    """*address*: of its own connection; *clock*: seconds, running evenly; *trouble* is told why it cannot hear, and ""
    when it can."""

    def __init__(
        self,
        address: Address,
        clock: Callable[[], float],
        dice: Callable[[], float],
        trouble: Callable[[str], None],
    ) -> None:
        self._address, self._clock, self._dice, self._trouble = address, clock, dice, trouble

    async def watch(self, vigil: Vigil) -> str:
        """Return when it is time to take over; the reason."""
        attempt = 0
        while True:
            try:
                async with intake(
                    self._address, receive_maximum=WINDOW, keepalive=KEEPALIVE, watchful=True, clock=self._clock
                ) as wire:
                    attempt = 0
                    ear = _Ear(wire, vigil, self._clock)
                    await ear.begin()
                    self._trouble("")
                    await ear.listen()
                    return vigil.reason
            except (Unavailable, Refused) as error:
                attempt += 1
                self._trouble(str(error))
                await asyncio.sleep(backoff(attempt, self._dice()))


class _Ear:
    """On one connection."""

    def __init__(self, wire: Intake, vigil: Vigil, clock: Callable[[], float]) -> None:
        self._wire, self._vigil, self._clock = wire, vigil, clock
        self._news = asyncio.Event()
        self._heard = False

    async def begin(self) -> None:
        """Hear how things stand. Raises Unavailable, Refused."""
        self._wire.begin(self._take)
        for _ in range(2):  # what is retained comes with the first; the answer to the second is the fence
            for refusal in await self._wire.subscribe([Subscription(TOPIC, qos=0)]):
                if refusal is not None:
                    raise refusal
        if not self._heard:
            self._vigil.heard(None, self._clock())

    async def listen(self) -> None:
        """Return when it is time to take over. Raises Unavailable when the connection is lost."""
        while (patience := self._vigil.patience(self._clock())) > 0:
            await self._wait(patience)

    def _take(self, deliveries: list[Delivery]) -> None:
        for _, payload, _ in deliveries:
            try:
                presence = Presence.decode(payload) if payload else None
            except Malformed as error:
                log.warning("presence of a bridge cannot be read", reason=str(error))
                continue
            self._heard = True
            self._vigil.heard(presence, self._clock())
        self._news.set()

    async def _wait(self, patience: float) -> None:
        self._news.clear()
        news = asyncio.ensure_future(self._news.wait())
        end = asyncio.ensure_future(self._wire.ended())
        try:
            await asyncio.wait({news, end}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if end.done():
                raise end.result()
        finally:
            news.cancel()
            end.cancel()
