"""An answer means that the broker acts on it: accepted, the very next packet passes; revoked, it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.backend import Backend
from tests.support.people import Person, people, person
from xasup.protocol import codec, topics
from xasup.protocol.contacts import Policy
from xasup.protocol.errors import Refused
from xasup.protocol.ids import GroupId, UserId
from xasup.wire.mqtt import Subscription

ROUNDS = 25
BURSTS, PAIRS = 8, 5
OPS = ["ask", "revoke"] * PAIRS


@pytest.fixture
async def two(backend: Backend) -> AsyncIterator[list[Person]]:
    async with people(*await backend.users("alice", "bob")) as two:
        yield two


async def accept_and_revoke(alice: Person, bob: Person, rounds: int) -> list[bool]:
    """Whether the first packet after each answer did what the answer said."""
    right = []
    for _ in range(rounds):
        await alice.ask("contacts", op="ask", user=bob.user)
        assert (await bob.ask("contacts", op="accept", user=alice.user))["ok"]
        right += [await alice.reaches(bob), await bob.reaches(alice)]
        assert (await bob.ask("contacts", op="revoke", user=alice.user))["ok"]
        right += [not await alice.reaches(bob), not await bob.reaches(alice)]
    return right


async def test_the_next_packet_after_accept_passes_and_after_revoke_does_not(two: list[Person]) -> None:
    alice, bob = two
    assert all(await accept_and_revoke(alice, bob, ROUNDS))


async def test_the_other_is_told_when_it_holds_as_well(two: list[Person]) -> None:
    """alice never asks again; she writes as soon as the news says `accepted`, and it passes."""
    alice, bob = two
    for _ in range(ROUNDS):
        await alice.ask("contacts", op="ask", user=bob.user)
        await asyncio.gather(
            bob.ask("contacts", op="accept", user=alice.user), alice.event("contact", theirs="accepted")
        )
        assert await alice.reaches(bob)
        await asyncio.gather(
            bob.ask("contacts", op="revoke", user=alice.user), alice.event("contact", theirs="revoked")
        )
        assert not await alice.reaches(bob)


async def test_with_the_projector_stopped_nothing_is_called_enforced(own_backend: Backend) -> None:
    """The negative control of the two above: the check fails where the directory does not follow."""
    async with people(*await own_backend.users("alice", "bob")) as (alice, bob):
        await own_backend.friends(alice, bob)
        own_backend.projector.freeze()
        started = asyncio.get_running_loop().time()
        answer = await bob.ask("contacts", id="late", op="revoke", user=alice.user)
        assert asyncio.get_running_loop().time() - started < 2
        assert (answer["ok"], answer["code"]) == (False, "unavailable")
        assert await alice.reaches(bob), "with the projector stopped the broker cannot know"
        own_backend.projector.thaw()
        assert (await bob.answer("late"))["ok"]
        assert not await alice.reaches(bob)


async def test_a_repeated_request_waits_for_the_directory_too(own_backend: Backend) -> None:
    async with people(*await own_backend.users("alice", "bob")) as (alice, bob):
        await alice.ask("contacts", op="ask", user=bob.user)
        own_backend.projector.freeze()
        for id in ("one", "one", "two"):
            await bob.send_request("contacts", codec.encode({"id": id, "op": "accept", "user": alice.user}))
        for id in ("one", "one", "two"):
            assert (await bob.answer(id))["code"] == "unavailable"
        assert not await alice.reaches(bob)
        own_backend.projector.thaw()
        assert (await bob.answer("two"))["ok"]
        assert await alice.reaches(bob)


async def test_a_member_is_let_in_and_out_with_the_answer(backend: Backend, two: list[Person]) -> None:
    alice, bob = two
    group = GroupId(backend.name("hikers"))
    await backend.friends(alice, bob)
    await alice.ask("groups", op="create", group=group, members=[bob.user])
    topic, mailbox = topics.group_message(group, UserId(bob.user)), [Subscription(topics.group_mailbox(group))]
    for _ in range(ROUNDS):
        with pytest.raises(Refused):
            await bob.wire.publish(topic, b"let me in")
        assert (await bob.ask("groups", op="join", group=group))["role"] == "member"
        assert await bob.wire.subscribe(mailbox) == [None]
        await bob.wire.publish(topic, b"hello")
        await alice.ask("groups", op="remove", group=group, user=bob.user)
        with pytest.raises(Refused):
            await bob.wire.publish(topic, b"let me in")
        await alice.ask("groups", op="invite", group=group, user=bob.user)


async def test_presence_follows_the_contact(two: list[Person]) -> None:
    alice, bob = two
    presence = [Subscription(topics.presence(UserId(bob.user)))]
    assert isinstance((await alice.wire.subscribe(presence))[0], Refused)
    await alice.ask("contacts", op="ask", user=bob.user)
    await bob.ask("contacts", op="accept", user=alice.user)
    assert await alice.wire.subscribe(presence) == [None]


async def test_who_asks_a_lamp_is_in_at_once(backend: Backend, two: list[Person]) -> None:
    alice, _ = two
    lamp = await backend.user("lamp", policy=Policy.AUTO)
    async with person(lamp) as light:
        assert (await alice.ask("contacts", op="ask", user=lamp.user))["theirs"] == "accepted"
        assert await alice.reaches(light)


async def test_requests_of_one_user_are_done_in_the_order_they_came(two: list[Person]) -> None:
    alice, bob = two
    for burst in range(BURSTS):  # each small enough for the service's limit of time, on a machine that is busy too
        for n, op in enumerate(OPS):
            asked = codec.encode({"id": f"o{burst}-{n}", "op": op, "user": bob.user})
            alice.wire.publish_soon(topics.request("contacts", UserId(alice.user)), asked)
        answers = [await alice.answer(f"o{burst}-{n}") for n in range(len(OPS))]
        assert [(it["ok"], it.get("theirs")) for it in answers] == [(True, "asked"), (True, "none")] * PAIRS, answers
    news = await bob.arrived("contact", len(OPS) * BURSTS)
    assert [it["mine"] for it in news] == ["asked", "none"] * PAIRS * BURSTS


async def test_many_join_the_same_group_at_the_same_time(backend: Backend) -> None:
    group = backend.name("crowd")
    async with people(*await backend.users("owner", *["guest"] * 12)) as (owner, *guests):
        await asyncio.gather(*(backend.friends(owner, guest) for guest in guests))
        await owner.ask("groups", op="create", group=group, members=[guest.user for guest in guests])
        answers = await asyncio.gather(*(guest.ask("groups", op="join", group=group) for guest in guests))
        assert all(answer["ok"] for answer in answers)
        page = await owner.ask("groups", op="members", group=group)
        assert [it["role"] for it in page["members"]].count("member") == 12
