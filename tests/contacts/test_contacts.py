"""Contacts from the request to what the broker lets pass and what everybody is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contacts.operations import contacts, listings
from tests.contacts.world import NOW, World, refused
from xasup.protocol.contacts import Op, Policy
from xasup.protocol.errors import Code
from xasup.protocol.ids import UserId

ALICE, BOB, SENSOR = UserId("alice"), UserId("bob"), UserId("sensor")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.people("alice", "bob", "carol")
    yield world


async def test_accepting_opens_both_ways_and_both_are_told(world: World) -> None:
    answer = await world.ask("alice", "contacts", op="ask", user="bob", greeting="it is me")
    assert (answer["event"], answer["ok"], answer["user"], answer["theirs"]) == ("answer", True, "bob", "asked")
    assert world.news("bob", "contact") == [
        {"event": "contact", "user": "alice", "mine": "asked", "theirs": "none", "ts": NOW, "greeting": "it is me"}
    ]
    assert not world.reaches("alice", "bob")
    answer = await world.ask("bob", "contacts", op="accept", user="alice")
    assert (answer["mine"], answer["theirs"]) == ("accepted", "accepted")
    assert world.news("alice", "contact")[-1]["theirs"] == "accepted"
    assert world.news("alice", "contact") == []
    assert world.reaches("alice", "bob")
    assert world.reaches("bob", "alice")
    assert not world.reaches("carol", "bob")


@pytest.mark.parametrize("by", ["alice", "bob"])
async def test_revoking_by_either_closes_both_ways(world: World, by: str) -> None:
    await world.friends(("alice", "bob"))
    await world.ask(by, "contacts", op="revoke", user="bob" if by == "alice" else "alice")
    assert not world.reaches("alice", "bob")
    assert not world.reaches("bob", "alice")


async def test_the_answer_is_the_last_of_the_news(world: World) -> None:
    await world.ask("alice", "contacts", op="ask", user="bob")
    assert [payload["event"] for payload in world.mail["alice"]] == ["contact", "answer"]


async def test_accepting_what_nobody_asked(world: World) -> None:
    assert await refused(world.ask("alice", "contacts", op="accept", user="bob")) is Code.NOT_ASKED
    assert not world.reaches("bob", "alice")


async def test_asking_oneself(world: World) -> None:
    assert await refused(world.ask("alice", "contacts", op="ask", user="alice")) is Code.NOT_YOURSELF


@pytest.mark.parametrize("nobody", ["nobody", "svc-contacts", "broker"])
async def test_asking_nobody(world: World, nobody: str) -> None:
    assert await refused(world.ask("alice", "contacts", op="ask", user=nobody)) is Code.UNKNOWN_USER


async def test_a_blocked_asker_is_told_what_a_denied_one_is_told(world: World) -> None:
    """Not even the road that the answer takes differs: both asks are changes that go through the stream."""
    for asker, op in (("alice", "deny"), ("carol", "block")):
        await world.ask(asker, "contacts", op="ask", user="bob")
        await world.ask("bob", "contacts", op=op, user=asker)
        await world.ask(asker, "contacts", op="ask", user="bob", greeting="please")
    told = {
        name: [{key: value for key, value in payload.items() if key != "id"} for payload in world.mail[name]]
        for name in ("alice", "carol")
    }
    assert told["alice"] == told["carol"]
    assert len(told["alice"]) == 5  # asked, answer, not accepted, asked, answer
    assert not world.reaches("carol", "bob")
    await world.settle()
    assert [payload["user"] for payload in world.news("bob", "contact") if payload["mine"] == "asked"] == [
        "alice",
        "alice",
        "carol",
    ]


async def test_a_device_with_the_policy_auto_lets_everybody_in(world: World) -> None:
    await world.people("lamp", policy=Policy.AUTO)
    answer = await world.ask("alice", "contacts", op="ask", user="lamp")
    assert answer["theirs"] == "accepted"
    assert world.reaches("alice", "lamp")


async def test_an_administrator_decides_where_the_policy_says_so(world: World) -> None:
    await world.people("sensor", policy=Policy.ADMIN)
    await world.ask("alice", "contacts", op="ask", user="sensor", greeting="readings please")
    waiting = [entry async for entry in listings.pending(world.truth)]
    assert [(owner, actor, ask.greeting) for owner, actor, ask in waiting] == [("sensor", "alice", "readings please")]
    assert await refused(world.ask("sensor", "contacts", op="accept", user="alice")) is Code.NEEDS_ADMIN
    assert not world.reaches("alice", "sensor")
    await world.do(contacts.approve(SENSOR, ALICE, now=NOW))
    assert world.reaches("alice", "sensor")
    assert world.reaches("sensor", "alice")
    assert [entry async for entry in listings.pending(world.truth)] == []
    assert world.changes[-1].by == "admin"


async def test_an_administrator_denies_and_revokes(world: World) -> None:
    await world.people("sensor", policy=Policy.ADMIN)
    await world.ask("alice", "contacts", op="ask", user="sensor")
    await world.do(contacts.act(Op.DENY, SENSOR, ALICE, now=NOW, by="admin"))
    assert [entry async for entry in listings.pending(world.truth)] == []
    assert world.news("alice", "contact")[-1]["theirs"] == "not-accepted"
    await world.do(contacts.allow_one_way(ALICE, SENSOR, now=NOW))
    await world.do(contacts.act(Op.REVOKE, ALICE, SENSOR, now=NOW, by="admin"))
    assert not world.reaches("sensor", "alice")


async def test_one_way_is_one_way(world: World) -> None:
    await world.people("sensor")
    await world.do(contacts.allow_one_way(ALICE, SENSOR, now=NOW))
    assert world.reaches("sensor", "alice")
    assert not world.reaches("alice", "sensor")
    await world.ask("alice", "contacts", op="revoke", user="sensor")
    assert not world.reaches("sensor", "alice")


async def test_one_way_does_not_undo_a_block(world: World) -> None:
    await world.ask("alice", "contacts", op="block", user="bob")
    assert await refused(world.do(contacts.allow_one_way(ALICE, BOB, now=NOW))) is Code.BLOCKED
