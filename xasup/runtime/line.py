"""One service's connection to the broker, kept up: what is to be published waits for it, and is published until the
broker has acknowledged it. Refuses to know: what comes and goes over it.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from xasup.protocol.errors import Refused, Unavailable, XasupError
from xasup.runtime.supervise import backoff
from xasup.wire.mqtt import Address, Incoming, Subscription, Wire, connect

log = structlog.get_logger()

SESSION = 7 * 24 * 3600  # seconds
KEEPALIVE = 10  # seconds
AGAIN, TRIES = 0.5, 1000  # seconds until a refused letter is tried again, and how often
Take = Callable[[Wire, list[Incoming]], None]


class Letter(NamedTuple):
    """*done* is called once the broker has acknowledged it, or will never take it."""

    topic: str
    payload: bytes
    done: Callable[[], None]
    tries: int = 0


class Line:
    """*service*: as whom it speaks; *session*: seconds for which the broker keeps what comes while this process is
    away. `stands` is set while there is a connection with all its subscriptions."""

    def __init__(
        self,
        service: str,
        address: Address,
        subscriptions: Sequence[Subscription],
        dice: Callable[[], float] = random.random,
        session: int = SESSION,
    ) -> None:
        self.service, self.stands = service, asyncio.Event()
        self._session = session
        self._address, self._subscriptions, self._dice = address, subscriptions, dice
        self._wire: Wire | None = None
        self._waiting: deque[Letter] = deque()
        self._again: asyncio.TimerHandle | None = None

    def publish(self, topic: str, payload: bytes, done: Callable[[], None]) -> None:
        """At QoS 1, as soon as there is a connection. Order is kept while it lasts."""
        self._send(Letter(topic, payload, done))

    async def keep(self, take: Take) -> None:
        """Connect, subscribe and receive, for ever. *take* gets what arrives, and the wire that brought it, which is to
        acknowledge it."""
        attempt = 0
        while True:
            try:
                async with connect(
                    self._address, session_expiry=self._session, keepalive=KEEPALIVE, watchful=True
                ) as wire:
                    await self._subscribe(wire)
                    attempt = 0
                    await self._serve(wire, take)
            except (Unavailable, Refused) as error:
                attempt += 1
                pause = backoff(attempt, self._dice())
                log.warning("connection", client=self._address.client_id, reason=str(error), again_in_s=round(pause, 2))
                await asyncio.sleep(pause)

    async def _subscribe(self, wire: Wire) -> None:
        for refusal in await wire.subscribe(self._subscriptions):
            if refusal is not None:
                raise refusal

    async def _serve(self, wire: Wire, take: Take) -> None:
        self._wire = wire
        try:
            self._send_waiting()
            self.stands.set()
            async for batch in wire.batches():
                take(wire, batch)
        finally:
            self._wire = None
            self.stands.clear()

    def _send_waiting(self) -> None:
        self._again = None
        letters, self._waiting = self._waiting, deque()
        for letter in letters:
            self._send(letter)

    def _send(self, letter: Letter) -> None:
        if self._wire is None:
            self._waiting.append(letter)
            return

        def ended(error: XasupError | None) -> None:
            if error is None:
                letter.done()
            else:
                self._came_back(letter, error)

        self._wire.publish_with(letter.topic, letter.payload, ended)

    def _came_back(self, letter: Letter, error: XasupError) -> None:
        if isinstance(error, Unavailable):  # the connection is gone: it goes out with the next one
            self._waiting.append(letter)
        elif isinstance(error, Refused) and letter.tries < TRIES:
            # A service may write everywhere that we write: the broker cannot read its directory at this moment.
            self._waiting.append(letter._replace(tries=letter.tries + 1))
            if self._again is None:
                log.warning("the broker refuses", topic=letter.topic, reason=str(error))
                self._again = asyncio.get_running_loop().call_later(AGAIN, self._send_waiting)
        else:
            log.error("the broker will not take this", topic=letter.topic, reason=str(error))
            letter.done()
