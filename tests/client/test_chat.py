"""Two people and their engines on the whole backend: messages, receipts, refusals, presence, groups, devices."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from contacts.operations import contacts
from contacts.operations.perform import perform
from tests.support.backend import Backend
from tests.support.engine import befriend, connect_string, engine, engines, friends
from tests.support.process import now_ms
from xasup.client import (
    BrokerRefused,
    ConnectionChanged,
    ContactChanged,
    DeviceChanged,
    GroupChanged,
    Link,
    MemberChanged,
    MessageAdded,
    MessageRemoved,
    PresenceChanged,
    StateChanged,
    Typing,
)
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Code, Malformed, Refused
from xasup.protocol.groups import Role
from xasup.protocol.states import State


async def test_a_message_is_delivered_then_read(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        id = await alice.client.send(bob.user, "hi")
        message = await bob.receives("hi")
        assert (message.conversation, message.n, message.mine, message.state) == (alice.user, 1, False, State.DELIVERED)
        await alice.sees(id, State.DELIVERED)
        assert [it.unread for it in await bob.client.conversations()] == [1]

        await bob.client.shown(alice.user, [id])

        await alice.sees(id, State.READ)
        assert [it.unread for it in await bob.client.conversations()] == [0]
        [line] = await alice.client.messages(bob.user)
        assert (line.text, line.state, line.mine) == ("hi", State.READ, True)


async def test_a_burst_arrives_once_and_in_order(backend: Backend, tmp_path: Path) -> None:
    texts = [f"line {n}" for n in range(1500)]
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        ids = await alice.client.send_many(bob.user, texts)
        for id in ids:
            await alice.sees(id, State.DELIVERED)
        lines = await bob.client.messages(alice.user, limit=2000)
        assert [line.text for line in lines] == texts
        assert [line.n for line in lines] == list(range(1, 1501))


async def test_what_is_sent_offline_arrives_later(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        to, account = bob.user, alice.client.account
    nowhere = replace(account, port=1)
    async with engine(nowhere, tmp_path / f"{account.client}.sqlite") as alice:
        id = await alice.client.send(to, "later")
        await alice.hears(ConnectionChanged, lambda it: it.connection.link is Link.OFFLINE)
        assert "nobody listens" in alice.client.connection.reason
    async with engines(tmp_path, account, bob.client.account) as [alice, bob]:
        await bob.receives("later")
        await alice.sees(id, State.DELIVERED)


async def test_a_stranger_is_refused_with_the_reason(backend: Backend, tmp_path: Path) -> None:
    alice_account, mallory_account = [connect_string(it) for it in await backend.users("alice", "mallory")]
    async with engines(tmp_path, alice_account, mallory_account) as [alice, mallory]:
        id = await mallory.client.send(alice.user, "you have won")
        refused = await mallory.sees(id, State.REFUSED)
        assert refused.reason == "not-accepted"

        await befriend(mallory, alice)
        await mallory.client.retry(id)

        await alice.receives("you have won")
        await mallory.sees(id, State.DELIVERED)


async def test_a_refused_message_can_be_discarded(backend: Backend, tmp_path: Path) -> None:
    alice_account, mallory_account = [connect_string(it) for it in await backend.users("alice", "mallory")]
    async with engines(tmp_path, alice_account, mallory_account) as [alice, mallory]:
        id = await mallory.client.send(alice.user, "you have won")
        await mallory.sees(id, State.REFUSED)
        await mallory.client.discard(id)
        await mallory.hears(MessageRemoved)
        assert await mallory.client.messages(alice.user) == []
        with pytest.raises(Malformed):
            await mallory.client.retry(id)


async def test_revoking_holds_from_the_next_message_on(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        await bob.client.revoke(alice.user)
        id = await alice.client.send(bob.user, "are you there?")
        await alice.sees(id, State.REFUSED)
        assert alice.client.connection.link is Link.ONLINE


async def test_refusals_carry_the_code_of_the_service(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        with pytest.raises(Refused) as error:
            await alice.client.accept("nobody-at-all")
        assert error.value.code is Code.UNKNOWN_USER
        await alice.client.revoke(bob.user)
        with pytest.raises(Refused) as error:
            await alice.client.accept(bob.user)
        assert error.value.code is Code.NOT_ASKED
        with pytest.raises(Malformed):
            await alice.client.ask("Not An Id")
        with pytest.raises(Refused):
            await alice.client.ask(alice.user)
        with pytest.raises(Refused) as error:
            await alice.client.send(alice.user, "me")
        assert error.value.code is Code.NOT_YOURSELF


async def test_an_answer_is_in_the_contacts_when_it_returns(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        [contact] = await alice.client.contacts()
        assert (contact.user, contact.mine, contact.theirs) == (bob.user, Edge.ACCEPTED, Told.ACCEPTED)
        await alice.client.block(bob.user)
        await alice.hears(ContactChanged, lambda it: it.contact.mine is Edge.BLOCKED)
        await bob.hears(ContactChanged, lambda it: it.contact.theirs is not Told.ACCEPTED)


async def test_contacts_missed_while_away_come_with_the_list(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        accounts = alice.client.account, bob.client.account
    async with engines(tmp_path / "fresh", *accounts) as [alice, bob]:
        heard = await alice.hears(ContactChanged)
        assert heard.contact.user == bob.user
        await alice.client.send(bob.user, "from a new file")
        await bob.receives("from a new file")


async def test_presence(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        await alice.hears(PresenceChanged, lambda it: it.user == bob.user and it.online)
        [contact] = await alice.client.contacts()
        assert contact.online
        bob_again = connect_string(await backend.device(bob.client.user, "tablet"))
        async with engines(tmp_path, bob_again):
            pass
        # The tablet said offline for both; the phone, still here, says online again.
        await alice.hears(PresenceChanged, lambda it: not it.online)
        await alice.hears(PresenceChanged, lambda it: it.online)


async def test_typing(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        await alice.client.typing(bob.user)
        typing = await bob.hears(Typing)
        assert typing == Typing(alice.user, alice.client.user)


async def test_a_group(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        group = backend.name("hikers")
        await alice.client.create_group(group, "The Hikers", [bob.user])
        invited = await bob.hears(GroupChanged)
        assert (invited.group.group, invited.group.name, invited.group.role) == (group, "The Hikers", Role.INVITED)
        await bob.client.join(group)
        await bob.hears(GroupChanged, lambda it: it.group.role is Role.MEMBER)
        await alice.hears(MemberChanged, lambda it: it.user == bob.user and it.role is Role.MEMBER)

        id = await alice.client.send(f"g:{group}", "to the hills")
        assert (await bob.receives("to the hills")).conversation == f"g:{group}"
        await alice.sees(id, State.STORED)
        assert {member.user: member.role for member in await alice.client.members(group)} == {
            alice.user: Role.OWNER,
            bob.user: Role.MEMBER,
        }

        await alice.client.rename_group(group, "Walkers")
        await bob.hears(GroupChanged, lambda it: it.group.name == "Walkers")
        await alice.client.remove(group, bob.user)
        await bob.hears(GroupChanged, lambda it: it.group.role is Role.NONE)
        refused = await bob.client.send(f"g:{group}", "still here?")
        assert (await bob.sees(refused, State.REFUSED)).reason == "not-member"
        assert [it.group for it in await bob.client.groups()] == []


async def test_my_devices_stay_in_step(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [phone, bob]:
        linked = await phone.client.link_device("tablet")
        await phone.hears(DeviceChanged, lambda it: it.device == "tablet" and it.linked)
        async with engines(tmp_path, linked) as [tablet]:
            id = await phone.client.send(bob.user, "from the phone")
            mine = await tablet.receives("from the phone")
            assert mine.mine and mine.conversation == bob.user
            await tablet.sees(id, State.DELIVERED)

            await bob.client.send(phone.user, "to both")
            received = await phone.receives("to both")
            await tablet.receives("to both")
            await phone.client.shown(bob.user, [received.id])
            await tablet.sees(received.id, State.READ)
            assert {device.device for device in await phone.client.devices()} == {"phone", "tablet"}

            await phone.client.revoke_device("tablet")
            refused = await tablet.hears(ConnectionChanged, lambda it: it.connection.link is Link.REFUSED)
            assert "revoked" in refused.connection.reason
            kept = await tablet.client.send(bob.user, "from a revoked device")
            assert (await tablet.client.messages(bob.user))[-1].state is State.SENDING, kept


async def test_nothing_is_told_before_its_time(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        first = await alice.client.send(bob.user, "one")
        await alice.sees(first, State.DELIVERED)
        second = await alice.client.send(bob.user, "two")
        await alice.sees(second, State.DELIVERED)  # whatever was said about the first one came before
        assert [it for it in alice.heard(StateChanged) if it.state is State.READ] == []
        assert [it.message.id for it in bob.heard(MessageAdded)] == [first, second]


async def test_a_one_way_edge_gives_no_receipts_and_no_noise(backend: Backend, tmp_path: Path) -> None:
    sensor_account, carol_account = [connect_string(it) for it in await backend.users("sensor", "carol")]
    async with backend.truth() as truth:
        allowed = contacts.allow_one_way(carol_account.client.user, sensor_account.client.user, now=now_ms())
        await backend.enforced(truth, (await perform(truth, allowed)).position)
    async with engines(tmp_path, sensor_account, carol_account) as [sensor, carol]:
        id = await sensor.client.send(carol.user, "21.5")
        await carol.receives("21.5")
        await sensor.sees(id, State.STORED)
        await carol.client.shown(sensor.user, [id])
        back = await carol.client.send(sensor.user, "thanks")
        assert (await carol.sees(back, State.REFUSED)).reason == "not-accepted"
        assert carol.heard(BrokerRefused) == []  # the receipt that the broker refused is no news


async def test_events_end_with_the_client(backend: Backend, tmp_path: Path) -> None:
    [account] = [connect_string(it) for it in await backend.users("alice")]
    before = len(asyncio.all_tasks())
    async with engines(tmp_path, account):
        pass
    assert len(asyncio.all_tasks()) == before
