"""Spoiled payloads: messages and receipts of a contact, events of services, requests to services; and whether these
still answer good ones.

Refuses to know: who reads them, and what becomes of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from xasup.chaos.mutations.seeds import EVENTS, GOOD, MESSAGES, RECEIPTS, REQUESTS
from xasup.chaos.mutations.spoil import spoil_object
from xasup.protocol import codec, topics
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.ids import ClientId, UserId
from xasup.wire.mqtt import Address, Subscription, Wire, connect

_TURN = 50  # spoiled requests between two good ones
_ANSWER = 10.0  # seconds
_READ = 60.0  # seconds; it stands behind thousands


async def write(
    wire: Wire, services: Mapping[str, Wire], me: UserId, to: UserId, amount: int, dice: random.Random
) -> None:
    """*amount* in all: a half messages, a quarter receipts, a quarter events of *services*. Raises Unavailable."""
    for _ in range(amount // 200 + 1):
        turn = [_letter(me, to, dice) for _ in range(min(200, amount))]
        amount -= len(turn)
        await _publish([(services.get(service, wire), topic, payload) for service, topic, payload in turn])


def _letter(me: UserId, to: UserId, dice: random.Random) -> tuple[str, str, bytes]:
    """Service or "", topic, payload."""
    match dice.randrange(4):
        case 0 | 1:
            return "", topics.message(to, me), spoil_object(dice.choice(MESSAGES), dice)
        case 2:
            return "", topics.receipt(to, me), spoil_object(dice.choice(RECEIPTS), dice)
        case _:
            service = dice.choice(list(EVENTS))
            return service, topics.event(to, service), spoil_object(dice.choice(EVENTS[service]), dice)


async def _publish(turn: list[tuple[Wire, str, bytes]]) -> None:
    """All of them; a no is an answer too. Raises Unavailable."""
    ends = [wire.publish_soon(topic, payload[:MAX_PAYLOAD]) for wire, topic, payload in turn]
    for ended in ends:
        with suppress(Refused, Malformed):
            async with asyncio.timeout(_ANSWER):
                await ended


class Asker:
    """Somebody who asks services, well and badly."""

    def __init__(self, wire: Wire, me: UserId) -> None:
        self._wire, self._me = wire, me
        self._ids = count(1)
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self.answers = 0

    async def read(self) -> None:
        """Until the connection ends. Raises Unavailable."""
        async for batch in self._wire.batches():
            self._wire.ack(batch)
            for message in batch:
                self._take(message.payload)

    def _take(self, payload: bytes) -> None:
        with suppress(Malformed):
            fields = codec.decode_object(payload)
            if fields.get("event") == "answer":
                self.answers += 1
                self._told(str(fields.get("id")))
            for id in fields.get("delivered", []):
                self._told(str(id))

    def _told(self, id: str) -> None:
        waiting = self._waiting.get(id)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def ask(self, amount: int, dice: random.Random) -> list[str]:
        """*amount* spoiled requests to all services, until some of these do not answer a good one; those."""
        for first in range(0, amount, _TURN):
            turn = [self._request(dice) for _ in range(min(_TURN, amount - first))]
            await _publish([(self._wire, topic, payload) for topic, payload in turn])
            answers = await asyncio.gather(*map(self._answers, REQUESTS))
            if not all(answers):
                silent = [service for service, answer in zip(REQUESTS, answers, strict=True) if not answer]
                return [f"{service}, after {first + len(turn)} spoiled requests" for service in silent]
        return []

    def _request(self, dice: random.Random) -> tuple[str, bytes]:
        service = dice.choice(list(REQUESTS))
        return topics.request(service, self._me), spoil_object(dice.choice(REQUESTS[service]), dice)

    async def _answers(self, service: str) -> bool:
        return await self._comes_back(topics.request(service, self._me), {"op": GOOD[service]}, _ANSWER)

    async def reaches(self, reader: UserId) -> bool:
        """Whether a good message is confirmed, behind all that was sent to *reader* before."""
        fields = {"ts": 1, "n": 1, "text": "Still there?"}
        return await self._comes_back(topics.message(reader, self._me), fields, _READ)

    async def _comes_back(self, topic: str, fields: dict[str, Any], within: float) -> bool:
        id = f"good-{next(self._ids)}"
        waiting = self._waiting[id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within):
                await self._wire.publish(topic, codec.encode({"id": id} | fields))
                await waiting
        except TimeoutError:
            return False
        finally:
            del self._waiting[id]
        return True


@asynccontextmanager
async def asking(address: Address, me: ClientId) -> AsyncIterator[Asker]:
    """Connected for the time of the block. Raises Refused, Unavailable."""
    async with connect(address) as wire:
        await wire.subscribe([Subscription(topics.mailbox(me.user))])
        asker = Asker(wire, me.user)
        reading = asyncio.create_task(asker.read(), name="answers")
        try:
            yield asker
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, Unavailable):
                await reading
