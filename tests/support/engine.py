"""Engines under test: what they tell is collected, and a test waits for what it expects, never for time to pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.support.backend import Account, Backend, Person, person
from tests.support.bare import BareBroker
from xasup.client import Client, ContactChanged, Event, Message, MessageAdded, StateChanged
from xasup.protocol import codec, topics
from xasup.protocol.connect import ConnectString
from xasup.protocol.contacts import Told
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.protocol.states import State

PATIENCE = 15.0  # seconds until a test gives up waiting
E = TypeVar("E", bound=Event)


class Engine:
    """A client, and all that it has told so far."""

    def __init__(self, client: Client) -> None:
        self.client, self.told = client, list[Event]()
        self._news = asyncio.Condition()

    @property
    def user(self) -> str:
        return self.client.user

    async def listen(self) -> None:
        async for event in self.client.events():
            self.told.append(event)
            async with self._news:
                self._news.notify_all()

    async def hears(self, kind: type[E], wanted: Callable[[E], bool] = lambda event: True) -> E:
        """The first event of *kind* that is *wanted*, told already or to come; it is forgotten."""
        async with asyncio.timeout(PATIENCE), self._news:
            while True:
                for event in self.told:
                    if isinstance(event, kind) and wanted(event):
                        self.told.remove(event)
                        return event
                await self._news.wait()

    async def receives(self, text: str) -> Message:
        """The message with this text, from somebody or from another device of mine."""
        return (await self.hears(MessageAdded, lambda it: it.message.text == text)).message

    async def sees(self, id: str, *states: State) -> StateChanged:
        """A message come to one of *states*."""
        return await self.hears(StateChanged, lambda it: it.id == id and it.state in states)

    def heard(self, kind: type[E]) -> list[E]:
        """All of *kind* told so far and not forgotten."""
        return [event for event in self.told if isinstance(event, kind)]


@asynccontextmanager
async def engine(account: ConnectString, file: Path, **options: Any) -> AsyncIterator[Engine]:
    """Connecting, listening, for the time of the block."""
    async with Client(account, file, **options) as client:
        one = Engine(client)
        listening = asyncio.create_task(one.listen(), name=f"{client.user} listens")
        try:
            yield one
        finally:
            listening.cancel()
            await asyncio.wait([listening])


def connect_string(account: Account) -> ConnectString:
    """Of a device that the backend's helper made."""
    return ConnectString(account.client, account.token, account.address.host, account.address.port)


@asynccontextmanager
async def engines(folder: Path, *accounts: ConnectString, **options: Any) -> AsyncIterator[list[Engine]]:
    """Several, all online."""
    async with AsyncExitStack() as stack:
        found = [
            await stack.enter_async_context(engine(account, folder / f"{account.client}.sqlite", **options))
            for account in accounts
        ]
        await asyncio.gather(*(one.client.online() for one in found))
        yield found


@asynccontextmanager
async def friends(backend: Backend, folder: Path, *names: str, **options: Any) -> AsyncIterator[list[Engine]]:
    """New users of these names, online, each accepted by each."""
    accounts = [connect_string(account) for account in await backend.users(*names)]
    async with engines(folder, *accounts, **options) as found:
        for index, one in enumerate(found):
            for other in found[index + 1 :]:
                await befriend(one, other)
        yield found


async def befriend(one: Engine, other: Engine) -> None:
    await one.client.ask(other.user)
    await other.hears(ContactChanged, lambda it: it.contact.user == one.user)
    await other.client.accept(one.user)
    for me, them in ((one, other), (other, one)):
        await me.hears(ContactChanged, lambda it, them=them: it.contact.user == them.user and _open(it))


def _open(event: ContactChanged) -> bool:
    return event.contact.theirs is Told.ACCEPTED


# ---- against a broker that lets everybody in


@asynccontextmanager
async def peer(broker: BareBroker, name: str, device: str = "raw") -> AsyncIterator[Person]:
    """Somebody without an engine: sees each packet, and says what it likes."""
    client = ClientId(UserId(name), DeviceId(device))
    async with person(Account(client, "", broker.address(str(client)))) as someone:
        yield someone


async def arrives(someone: Person, topic: str) -> bytes:
    """The payload of the next message on *topic*, which is then forgotten."""
    async with asyncio.timeout(PATIENCE):
        while True:
            someone._news.clear()
            for message in someone.mail:
                if message.topic == topic:
                    someone.mail.remove(message)
                    return message.payload
            await someone._news.wait()


async def writes(someone: Person, to: str, payload: bytes | dict[str, Any]) -> None:
    """A message, byte for byte or as JSON."""
    data = payload if isinstance(payload, bytes) else codec.encode(payload)
    await someone.wire.publish(topics.message(UserId(to), UserId(someone.user)), data)


def at(broker: BareBroker, name: str, device: str = "phone") -> ConnectString:
    """An account there."""
    return ConnectString(ClientId(UserId(name), DeviceId(device)), "token", "127.0.0.1", broker.port)
