"""What the screen relies on in an engine. The stand-in of these tests and the real engine on a real backend sit it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.support.backend import Account, Backend
from tests.tui_client.ear import Ear, ear
from tests.tui_client.town import Town
from tui_client.engine import Engine
from xasup.client import (
    Client,
    ConnectionChanged,
    ContactChanged,
    DeviceChanged,
    GroupChanged,
    Link,
    MessageAdded,
    MessageRemoved,
    Typing,
)
from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Malformed, Refused, XasupError
from xasup.protocol.groups import Role
from xasup.protocol.states import State

Opened = AbstractAsyncContextManager[tuple[Ear, Ear]]


@pytest.fixture(params=["stand-in", "real"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """alice and bob, strangers to each other; to be entered by the test (the backend starts outside of its loop)."""
    real = request.param == "real"
    return _listened_to(_real(request.getfixturevalue("backend"), tmp_path) if real else _stand_ins())


@asynccontextmanager
async def _listened_to(opened: AbstractAsyncContextManager[tuple[Engine, Engine]]) -> AsyncIterator[tuple[Ear, Ear]]:
    async with opened as (one, other), ear(one) as alice, ear(other) as bob:
        yield alice, bob


@asynccontextmanager
async def _stand_ins() -> AsyncIterator[tuple[Engine, Engine]]:
    town = Town()
    yield town.person("alice"), town.person("bob")


@asynccontextmanager
async def _real(backend: Backend, folder: Path) -> AsyncIterator[tuple[Engine, Engine]]:
    accounts = await backend.users("alice", "bob")
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(Client(connect_string(each), folder / f"{each.user}.sqlite"))
            for each in accounts
        ]
        for client in clients:
            await client.online()
        yield clients[0], clients[1]


def connect_string(account: Account) -> ConnectString:
    """How this device connects."""
    return ConnectString(account.client, account.token, account.address.host, account.address.port)


async def befriend(alice: Ear, bob: Ear) -> None:
    """As their events tell it."""
    await alice.engine.ask(bob.engine.user, "from the kite club")
    await bob.hears(ContactChanged, lambda event: event.contact.mine is Edge.ASKED)
    await bob.engine.accept(alice.engine.user)
    await alice.hears(ContactChanged, lambda event: event.contact.theirs is Told.ACCEPTED)


async def test_consent(pair: Opened) -> None:
    async with pair as (alice, bob):
        await alice.engine.ask(bob.engine.user, "from the kite club")
        asked = await bob.hears(ContactChanged, lambda event: event.contact.mine is Edge.ASKED)
        assert (asked.contact.user, asked.contact.greeting) == (alice.engine.user, "from the kite club")
        await alice.hears(ContactChanged, lambda event: event.contact.theirs is Told.ASKED)
        await bob.engine.accept(alice.engine.user)
        for one, other in ((alice, bob), (bob, alice)):
            await one.hears(ContactChanged, lambda event: event.contact.mine is Edge.ACCEPTED)
            [contact] = await one.engine.contacts()
            assert (contact.user, contact.theirs) == (other.engine.user, Told.ACCEPTED)
        await bob.engine.revoke(alice.engine.user)
        await alice.hears(ContactChanged, lambda event: event.contact.theirs is Told.REVOKED)


async def test_a_message_its_ticks_and_the_counts(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        id = await alice.engine.send(bob.engine.user, "hi")
        await alice.hears(MessageAdded, lambda event: event.message.mine and event.message.id == id)
        added = await bob.gets("hi")
        assert (added.message.conversation, added.message.id) == (alice.engine.user, id)
        await alice.sees(id, State.DELIVERED)
        [before] = await bob.engine.conversations()
        assert (before.key, before.unread) == (alice.engine.user, 1)
        await bob.engine.shown(alice.engine.user, [id])
        await bob.sees(id, State.READ)
        await alice.sees(id, State.READ)
        [after] = await bob.engine.conversations()
        assert after.unread == 0
        assert [line.state for line in await alice.engine.messages(bob.engine.user)] == [State.READ]


async def test_pages_go_back_by_seq(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        for text in "abcde":
            await alice.engine.send(bob.engine.user, text)
        newest = await alice.engine.messages(bob.engine.user, limit=2)
        older = await alice.engine.messages(bob.engine.user, before=newest[0].seq, limit=2)
        assert [line.text for line in older + newest] == ["b", "c", "d", "e"]


async def test_a_refused_message_is_retried_or_discarded(pair: Opened) -> None:
    async with pair as (alice, bob):
        first, second = [await alice.engine.send(bob.engine.user, text) for text in ("first", "second")]
        refused = await alice.sees(first, State.REFUSED)
        assert refused.reason == "not-accepted"
        await alice.sees(second, State.REFUSED)
        await alice.engine.discard(second)
        await alice.hears(MessageRemoved, lambda event: event.id == second)
        await befriend(alice, bob)
        await alice.engine.retry(first)
        await alice.sees(first, State.SENDING)
        await bob.gets("first")
        await alice.sees(first, State.DELIVERED)
        with pytest.raises(Malformed):
            await alice.engine.retry(first)


async def test_what_cannot_be_done_is_one_of_our_errors(pair: Opened) -> None:
    async with pair as (alice, bob):
        with pytest.raises(Refused):
            await alice.engine.accept(bob.engine.user)
        with pytest.raises(Malformed):
            await alice.engine.ask("Not A Name")
        with pytest.raises(XasupError):
            await alice.engine.send(bob.engine.user, "")


async def test_groups(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        group = f"hikers-{alice.engine.user}"
        await alice.engine.create_group(group, "Hikers", [bob.engine.user])
        await bob.hears(GroupChanged, lambda event: event.group.role is Role.INVITED)
        await bob.engine.join(group)
        await bob.hears(GroupChanged, lambda event: event.group.role is Role.MEMBER)
        id = await alice.engine.send(f"g:{group}", "saturday?")
        added = await bob.gets("saturday?")
        assert added.message.conversation == f"g:{group}"
        await alice.sees(id, State.STORED)
        assert {member.user for member in await alice.engine.members(group)} == {alice.engine.user, bob.engine.user}
        await bob.engine.leave(group)
        await bob.hears(GroupChanged, lambda event: event.group.role is Role.NONE)


async def test_typing(pair: Opened) -> None:
    async with pair as (alice, bob):
        await befriend(alice, bob)
        await alice.engine.typing(bob.engine.user)
        typing = await bob.hears(Typing, lambda event: True)
        assert (typing.conversation, typing.user) == (alice.engine.user, alice.engine.user)


async def test_a_link_code_waits_among_my_devices_and_is_taken_back(pair: Opened) -> None:
    async with pair as (alice, _):
        code = await alice.engine.link_code("tablet")
        assert (code.device, parse(code.text).code) == ("tablet", True)
        assert code.text not in repr(code)
        await alice.hears(DeviceChanged, lambda event: event.device == "tablet" and event.linked and event.code)
        assert {device.device: device.code for device in await alice.engine.devices()}["tablet"]
        assert (await alice.engine.link_code("tablet")).device == "tablet"  # a new one takes the place of the old
        await alice.engine.revoke_device("tablet")
        await alice.hears(DeviceChanged, lambda event: event.device == "tablet" and not event.linked)
        assert "tablet" not in {device.device for device in await alice.engine.devices()}
        with pytest.raises(Malformed):
            await alice.engine.link_code("Not A Name")


async def test_a_device_is_called_something(pair: Opened) -> None:
    async with pair as (alice, _):
        [mine] = await alice.engine.devices()
        assert (mine.this, mine.label) == (True, "")
        with pytest.raises(Refused):
            await alice.engine.link_code(mine.device)
        await alice.engine.rename_device(mine.device, "Alice’s own")
        await alice.hears(DeviceChanged, lambda event: event.renamed and event.label == "Alice’s own")
        assert [device.label for device in await alice.engine.devices()] == ["Alice’s own"]
        with pytest.raises(Malformed):
            await alice.engine.rename_device(mine.device, "x" * 65)
        with pytest.raises(Refused):
            await alice.engine.rename_device("nowhere", "x")


async def test_this_very_device_can_be_revoked(pair: Opened) -> None:
    async with pair as (alice, _):
        [mine] = await alice.engine.devices()
        await alice.engine.revoke_device(mine.device)
        await alice.hears(ConnectionChanged, lambda event: event.connection.link is Link.REFUSED)
