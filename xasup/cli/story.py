"""The main story, told by real clients on a real backend: consent, messages, receipts, refusal, a group, somebody who
is away, revocation.

Refuses to know how the backend was started and where the lines are printed. Each step says what it expects; a story
that differs ends with Unexpected.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from xasup.client import Client, ContactChanged, Event, GroupChanged, Link, MessageAdded, StateChanged
from xasup.protocol.connect import ConnectString
from xasup.protocol.contacts import Edge
from xasup.protocol.groups import Role
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State

PATIENCE = 10.0  # seconds for any one thing to happen
_Result = TypeVar("_Result")
_Found = TypeVar("_Found", bound=Event)

Tell = Callable[[str, str, str, float], None]  # who, what they did, what was said to it, milliseconds


class Unexpected(Exception):
    """The story went another way; the message says what was expected and what happened."""


class Person:
    """A client together with all it has been told."""

    def __init__(self, client: Client) -> None:
        self.client, self.name = client, client.user
        self._told: list[Event] = []
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Collect events until the client is left."""
        async for event in self.client.events():
            self._told.append(event)
            self._news.set()

    async def hears(self, kind: type[_Found], what: str, wanted: Callable[[_Found], bool]) -> _Found:
        """The first event of *kind* that is *wanted*. Raises Unexpected after PATIENCE."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for event in self._told:
                        if isinstance(event, kind) and wanted(event):
                            self._told.remove(event)
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            heard = ", ".join(map(str, self._told[-3:])) or "nothing"
            raise Unexpected(f"{self.name} expected {what} within {PATIENCE:g} s; last heard: {heard}") from None

    async def receives(self, text: str) -> MessageAdded:
        return await self.hears(MessageAdded, f"the message {text!r}", lambda it: it.message.text == text)

    async def sees(self, id: MessageId, *states: State) -> StateChanged:
        """The message *id* reach one of *states*."""
        names = " or ".join(states)
        return await self.hears(StateChanged, f"{id} {names}", lambda it: it.id == id and it.state in states)


@asynccontextmanager
async def cast(
    connects: dict[str, ConnectString], folder: Path, trust: Path | None = None
) -> AsyncIterator[dict[str, Person]]:
    """All people online, their files in *folder*, listening. *trust*: PEM of an authority, for TLS."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(here(connect, folder, trust)) for name, connect in connects.items()
        }


@asynccontextmanager
async def here(connect: ConnectString, folder: Path, trust: Path | None = None) -> AsyncIterator[Person]:
    """One device, online, its file in *folder*, listening."""
    name = str(connect.client).replace(":", "-")
    async with Client(connect, folder / f"{name}.sqlite", ca_file=trust) as client:
        person = Person(client)
        listening = asyncio.create_task(person.listen(), name=f"{name} listens")
        try:
            await client.online()
            yield person
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def play(
    people: dict[str, Person], dave: ConnectString, folder: Path, tell: Tell, trust: Path | None = None
) -> None:
    """From strangers to contacts and back; *dave* comes now and then. Raises Unexpected, or what the engine raised."""
    alice, bob, carol, mallory = (people[name] for name in ("alice", "bob", "carol", "mallory"))
    await _stranger(mallory, bob, tell)
    await _consent(alice, bob, tell)
    await _conversation(alice, bob, "hi bob, is the lake frozen yet?", tell)
    await _conversation(bob, alice, "not yet. bring the kites!", tell)
    await _stranger(mallory, bob, tell)
    await _group(alice, (bob, carol), tell)
    await _away(alice, dave, folder, tell, trust)
    await _revocation(bob, alice, tell)


async def _consent(asker: Person, other: Person, tell: Tell) -> None:
    _, ms = await timed(asker.client.ask(other.name, f"{asker.name} here, from the kite club"))
    tell(asker.name, f"asks {other.name}", "asked", ms)
    (_, ms) = await timed(other.hears(ContactChanged, f"{asker.name}'s ask", lambda it: it.contact.mine is Edge.ASKED))
    tell(other.name, f"hears of {asker.name}'s ask", "asked", ms)
    _, ms = await timed(other.client.accept(asker.name))
    tell(other.name, f"accepts {asker.name}", "accepted, from the next packet on", ms)
    await asker.hears(ContactChanged, f"{other.name}'s yes", lambda it: it.contact.mine is Edge.ACCEPTED)


async def _conversation(sender: Person, to: Person, text: str, tell: Tell) -> None:
    begun = time.perf_counter()
    id = await sender.client.send(to.name, text)
    added = await to.receives(text)
    tell(sender.name, f"→ {to.name}: {text}", "sent", _ms_since(begun))
    await sender.sees(id, State.DELIVERED)
    tell(to.name, "has it in its own file", "delivered", _ms_since(begun))
    await to.client.shown(added.message.conversation, [added.message.id])
    await sender.sees(id, State.READ)
    tell(to.name, "has it on the screen", "read", _ms_since(begun))


async def _stranger(sender: Person, to: Person, tell: Tell) -> None:
    await _refused(sender, to, "you have won a prize", tell)


async def _refused(sender: Person, to: Person, text: str, tell: Tell) -> None:
    begun = time.perf_counter()
    id = await sender.client.send(to.name, text)
    news = await sender.sees(id, State.REFUSED, State.DELIVERED)
    tell(sender.name, f"→ {to.name}: {text}", f"{news.state}: {news.reason}", _ms_since(begun))
    if news.state is not State.REFUSED or "not-accepted" not in news.reason:
        raise Unexpected(f"{sender.name} to {to.name}: expected refused (not-accepted), got {news.state} {news.reason}")


async def _revocation(owner: Person, other: Person, tell: Tell) -> None:
    _, ms = await timed(owner.client.revoke(other.name))
    tell(owner.name, f"revokes {other.name}", "revoked, from the next packet on", ms)
    await _refused(other, owner, "are you still there?", tell)
    if other.client.connection.link is not Link.ONLINE:
        raise Unexpected(f"{other.name}: expected to stay online after the revocation, is {other.client.connection}")


async def _group(owner: Person, members: tuple[Person, ...], tell: Tell) -> None:
    for person in members[1:]:
        await _consent(owner, person, tell)
    _, ms = await timed(owner.client.create_group("kites", "Kite club", [person.name for person in members]))
    tell(owner.name, f"founds g:kites and invites {', '.join(person.name for person in members)}", "founded", ms)
    for person in members:
        await person.hears(GroupChanged, "an invitation", lambda it: it.group.role is Role.INVITED)
        _, ms = await timed(person.client.join("kites"))
        tell(person.name, "joins g:kites", "member", ms)
        await person.hears(GroupChanged, "to be a member", lambda it: it.group.role is Role.MEMBER)
    begun = time.perf_counter()
    text = "saturday, ten o'clock, at the lake"
    id = await owner.client.send("g:kites", text)
    for person in members:
        await person.receives(text)
    await owner.sees(id, State.STORED)
    tell(owner.name, f"→ g:kites: {text}", f"stored, and received by {len(members)}", _ms_since(begun))


async def _away(sender: Person, connect: ConnectString, folder: Path, tell: Tell, trust: Path | None) -> None:
    """One who is away, and whose new device never had a session at the broker: only the log can know."""
    async with here(connect, folder, trust) as other:
        await _consent(sender, other, tell)
        phone = await other.client.link_device("phone")
    text, begun = "the boat is at the pier", time.perf_counter()
    id = await sender.client.send(other.name, text)
    await sender.sees(id, State.STORED)
    tell(sender.name, f"→ {other.name}, who is away: {text}", "stored", _ms_since(begun))
    begun = time.perf_counter()
    async with here(phone, folder, trust) as again:
        await again.receives(text)
        tell(other.name, "comes with a new phone, and has it", "received", _ms_since(begun))
        await sender.sees(id, State.DELIVERED)


async def timed(action: Awaitable[_Result]) -> tuple[_Result, float]:
    """The result, and the milliseconds it took."""
    begun = time.perf_counter()
    return await action, _ms_since(begun)


def _ms_since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
