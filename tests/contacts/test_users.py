"""Users, services and what administrators do to them, from the operation to what the broker lets pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from contacts.operations import chores, devices, listings, users
from tests.contacts.world import NOW, World, refused
from xasup.protocol import access, events
from xasup.protocol.access import DEPTH, RATE, Rate, Reason, rate_of
from xasup.protocol.contacts import Policy
from xasup.protocol.directory import NO_RATE, Flag
from xasup.protocol.errors import Code, Malformed
from xasup.protocol.ids import GroupId, UserId
from xasup.wire.truth import tables
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Cell, Committed, Conflict, Step

ALICE, BOB = UserId("alice"), UserId("bob")
TOKEN = devices.token(bytes(range(32)))
LAPTOP = World.client("alice", "laptop")
SECOND = 1000


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.people("alice", "bob")
    yield world


def enters(world: World, token: str = TOKEN, device: str = "laptop") -> bool:
    client = World.client("alice", device)
    return access.may_connect(client, "alice", token, world.directory, world.now // SECOND) is Reason.OK


async def test_a_suspended_user_is_out_until_resumed(world: World) -> None:
    await world.friends(("alice", "bob"))
    await users.suspend(world.truth, ALICE, now=NOW)
    await world.settle()
    assert not world.reaches("alice", "bob")
    assert not enters(world, "alice", "phone")
    assert world.mail["broker"] == [events.disconnect("alice:phone")]
    await users.resume(world.truth, ALICE, now=NOW)
    await world.settle()
    assert world.reaches("alice", "bob")


async def test_a_rate_reaches_the_directory(world: World) -> None:
    await users.set_rate(world.truth, ALICE, 5, 20, now=NOW)
    await world.settle()
    record = world.directory.user(ALICE)
    assert record is not None
    assert (record.rate, record.burst) == (5, 20)
    await users.set_rate(world.truth, ALICE, NO_RATE, 0, now=NOW)
    await world.settle()
    record = world.directory.user(ALICE)
    assert record is not None
    assert rate_of(record) is None, "which is not the same as to have been given none"
    assert rate_of(replace(record, rate=0)) == Rate(RATE, RATE * DEPTH)


@pytest.mark.parametrize("name", ["svc-alice", "contacts", "broker"])
async def test_a_service_is_no_person(world: World, name: str) -> None:
    with pytest.raises(Malformed):
        await users.create(world.truth, UserId(name), now=NOW)


async def test_an_id_is_given_once(world: World) -> None:
    assert await refused(users.create(world.truth, ALICE, now=NOW)) is Code.NAME_TAKEN


async def test_a_service_account_gets_the_token_of_this_start(world: World) -> None:
    client = World.client("svc-contacts", "local")
    for token in ("one", "one", "two"):
        await users.ensure_service(world.truth, client, token, now=NOW)
        await world.settle()
        assert access.may_connect(client, "svc-contacts", token, world.directory, NOW) is Reason.OK
    assert access.may_connect(client, "svc-contacts", "one", world.directory, NOW) is Reason.BAD_CREDENTIALS
    record = world.directory.user(client.user)
    assert record is not None
    assert Flag.SERVICE in record.flags
    assert await refused(users.delete(world.truth, client.user, now=NOW)) is Code.UNKNOWN_USER


async def test_a_deleted_user_leaves_nothing_open_and_the_id_is_gone(world: World) -> None:
    await world.people("carol")
    await world.friends(("alice", "bob"), ("alice", "carol"))
    await world.ask("alice", "groups", op="create", group="hikers", members=["carol", "bob"])
    await world.ask("carol", "groups", op="join", group="hikers")
    await world.ask("bob", "groups", op="join", group="hikers")
    await world.ask("alice", "groups", op="create", group="alone")
    world.mail.clear()
    await users.delete(world.truth, ALICE, now=NOW)
    await world.settle()
    assert not any(b"alice" in key for key in world.directory.cells)
    assert world.news("bob", "contact") == [
        {"event": "contact", "user": "alice", "mine": "none", "theirs": "none", "ts": NOW}
    ]
    assert await listings.owner_of(world.truth, GroupId("hikers")) in ("bob", "carol")
    assert world.reaches("bob", "g:hikers")
    assert world.mail["broker"] == [events.disconnect("alice:phone")]
    assert await refused(users.create(world.truth, ALICE, now=NOW)) is Code.NAME_TAKEN
    assert await refused(world.ask("bob", "contacts", op="ask", user="alice")) is Code.UNKNOWN_USER
    assert (await world.ask("bob", "contacts", op="list"))["contacts"] == []
    assert [it async for it in world.truth.scan(tables.CHORES) if it[0].startswith("u/")] == []


class Dying(MemoryTruth):
    """Its caller is killed after the first step of a deletion."""

    dying = False

    async def commit(self, step: Step) -> Committed | Conflict:
        if self.dying and Cell(tables.USERS, "alice") not in step.put:
            raise asyncio.CancelledError
        return await super().commit(step)


async def test_a_deletion_that_was_cut_off_is_finished_by_whoever_finds_it() -> None:
    truth = Dying()
    world = World(truth)
    await world.people("alice", "bob")
    await world.friends(("alice", "bob"))
    truth.dying = True
    with pytest.raises(asyncio.CancelledError):
        await users.delete(truth, ALICE, now=NOW)
    truth.dying = False
    await world.settle()
    assert not enters(world, "alice", "phone")
    assert await refused(world.ask("alice", "contacts", op="ask", user="bob")) is Code.UNKNOWN_USER
    assert await chores.finish_all(truth, now=NOW, before=NOW + 1) == 1
    await world.settle()
    assert not any(b"alice" in key for key in world.directory.cells)
    assert await chores.finish_all(truth, now=NOW, before=NOW + 1) == 0


async def test_a_policy_sorts_the_asks_that_wait(world: World) -> None:
    await world.ask("bob", "contacts", op="ask", user="alice", greeting="hello")
    await users.set_policy(world.truth, ALICE, Policy.ADMIN, now=NOW)
    waiting = [(owner, actor, ask.greeting) async for owner, actor, ask in listings.pending(world.truth)]
    assert waiting == [("alice", "bob", "hello")]
    await users.set_policy(world.truth, ALICE, Policy.ASK, now=NOW)
    assert [it async for it in listings.pending(world.truth)] == []
    await world.ask("alice", "contacts", op="accept", user="bob")
    assert world.reaches("bob", "alice")
