"""People with devices who speak to a backend: ask, send, and read what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from xasup.protocol import codec, topics
from xasup.protocol.errors import Refused, Unavailable
from xasup.protocol.ids import ClientId, UserId
from xasup.wire.mqtt import Address, Incoming, Subscription, Wire, connect

PATIENCE = 10.0  # seconds until a test gives up waiting


@dataclass(frozen=True)
class Account:
    """A device that may connect."""

    client: ClientId
    token: str
    address: Address

    @property
    def user(self) -> str:
        return self.client.user


@dataclass
class Person:
    """A connected device. Reads its mailbox all the time and acknowledges at once."""

    account: Account
    wire: Wire
    mail: list[Incoming] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # set when the broker has put this device out
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def user(self) -> str:
        return self.account.user

    async def read(self) -> None:
        try:
            async for batch in self.wire.batches():
                self.wire.ack(batch)
                self.mail += batch
                self._news.set()
        except Unavailable:
            self.gone.set()

    async def ask(self, service: str, **fields: Any) -> dict[str, Any]:
        """The answer to a request."""
        fields = {"id": self.new_id()} | fields
        await self.send_request(service, codec.encode(fields))
        return await self.answer(fields["id"])

    def new_id(self) -> str:
        return f"r{next(self._ids)}"

    async def send_request(self, service: str, payload: bytes) -> None:
        await self.wire.publish(topics.request(service, self.account.client.user), payload)

    async def answer(self, id: str | None, within: float = PATIENCE) -> dict[str, Any]:
        """The next answer with this id, which is then forgotten."""
        return await self.event("answer", within, id=id)

    async def event(self, event: str, within: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The next event of this name with these fields, which is then forgotten."""
        async with asyncio.timeout(within):
            while True:
                self._news.clear()
                for message in self.mail:
                    payload = self._event(message)
                    if payload.get("event") == event and fields.items() <= payload.items():
                        self.mail.remove(message)
                        return payload
                await self._news.wait()

    def events(self, event: str) -> list[dict[str, Any]]:
        """All of this name that have arrived so far; they stay."""
        return [payload for payload in map(self._event, self.mail) if payload.get("event") == event]

    async def arrived(self, event: str, count: int) -> list[dict[str, Any]]:
        """All of this name once there are so many; they stay."""
        async with asyncio.timeout(PATIENCE):
            while len(found := self.events(event)) < count:
                self._news.clear()
                await self._news.wait()
        return found

    async def send(self, to: str, text: str = "hello") -> None:
        """A plain message. Raises Refused."""
        await self.wire.publish(topics.message(UserId(to), self.account.client.user), text.encode())

    async def reaches(self, other: Person) -> bool:
        """Whether a plain message passes."""
        try:
            await self.send(other.user)
        except Refused:
            return False
        return True

    async def message(self, sender: str, within: float = PATIENCE) -> bytes:
        """The next message from *sender*, which is then forgotten."""
        topic = topics.message(self.account.client.user, UserId(sender))
        async with asyncio.timeout(within):
            while True:
                self._news.clear()
                for message in self.mail:
                    if message.topic == topic:
                        self.mail.remove(message)
                        return message.payload
                await self._news.wait()

    @staticmethod
    def _event(message: Incoming) -> dict[str, Any]:
        return codec.decode_object(message.payload) if "/event/" in message.topic else {}


@asynccontextmanager
async def person(account: Account, session: int = 0) -> AsyncIterator[Person]:
    """Connected for the time of the block. *session*: seconds for which the broker keeps what comes meanwhile."""
    async with AsyncExitStack() as door:
        wire = await _let_in(door, account, session)
        someone = Person(account, wire)
        assert await wire.subscribe([Subscription(topics.mailbox(account.client.user))]) == [None]
        reading = asyncio.create_task(someone.read(), name=f"mail of {account.client}")
        try:
            yield someone
        finally:
            reading.cancel()
            await asyncio.wait([reading])


async def _let_in(door: AsyncExitStack, account: Account, session: int) -> Wire:
    """Right after its start the broker closes our connections until the bridge has come; try again, as devices do."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await door.enter_async_context(connect(account.address, session_expiry=session))
            except Unavailable:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def people(*accounts: Account) -> AsyncIterator[list[Person]]:
    """Several at once."""
    async with AsyncExitStack() as doors:
        yield [await doors.enter_async_context(person(account)) for account in accounts]
