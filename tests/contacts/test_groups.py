"""Groups from the request to what the broker lets pass and what everybody is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contacts.operations import chores, endings, groups, listings
from contacts.operations.fields import Chore
from tests.contacts.world import NOW, World, refused
from xasup.protocol.errors import Code, Malformed
from xasup.protocol.groups import Size
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.records import Group
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step

HIKERS = GroupId("hikers")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.people("alice", "bob", "carol", "mallory")
    await world.friends(("alice", "bob"), ("alice", "carol"))
    yield world


@pytest.fixture
async def hikers(world: World) -> World:
    """alice owns it, bob is in, carol is invited."""
    await world.ask("alice", "groups", op="create", group="hikers", name="Hikers", members=["bob", "carol"])
    await world.ask("bob", "groups", op="join", group="hikers")
    world.mail.clear()
    return world


async def record(world: World) -> Group:
    value = (await world.truth.get([Cell(tables.GROUPS, "hikers")]))[0]
    assert value is not None
    return Group.decode(value)


async def test_who_is_invited_is_let_in_by_joining(world: World) -> None:
    answer = await world.ask("alice", "groups", op="create", group="hikers", name="Hikers", members=["bob"])
    assert (answer["group"], answer["name"], answer["role"]) == ("hikers", "Hikers", "owner")
    assert world.news("bob", "group") == [
        {"event": "group", "group": "hikers", "name": "Hikers", "role": "invited", "by": "alice", "ts": NOW}
    ]
    assert world.reaches("alice", "g:hikers")
    assert not world.reaches("bob", "g:hikers")
    answer = await world.ask("bob", "groups", op="join", group="hikers")
    assert (answer["role"], answer["name"]) == ("member", "Hikers")
    assert world.reaches("bob", "g:hikers")
    assert [(it["user"], it["role"]) for it in world.news("g:hikers", "member")] == [("bob", "member")]
    assert not world.reaches("mallory", "g:hikers")


async def test_only_who_accepted_the_owner_can_be_invited(world: World) -> None:
    create = {"op": "create", "group": "hikers"}
    assert await refused(world.ask("alice", "groups", **create, members=["bob", "mallory"])) is Code.NOT_ACCEPTED
    assert not world.reaches("alice", "g:hikers")
    await world.ask("alice", "groups", **create)
    assert await refused(world.ask("alice", "groups", op="invite", group="hikers", user="mallory")) is Code.NOT_ACCEPTED
    assert await refused(world.ask("alice", "groups", op="invite", group="hikers", user="nobody")) is Code.UNKNOWN_USER
    assert await refused(world.ask("alice", "groups", op="invite", group="hikers", user="alice")) is Code.NOT_YOURSELF
    await world.ask("alice", "groups", op="invite", group="hikers", user="bob")
    assert world.news("bob", "group")[0]["name"] == "hikers"


@pytest.mark.parametrize("op", ["invite", "remove", "hand-over"])
async def test_only_the_owner_rules(hikers: World, op: str) -> None:
    assert await refused(hikers.ask("bob", "groups", op=op, group="hikers", user="carol")) is Code.NOT_OWNER
    assert await refused(hikers.ask("mallory", "groups", op="rename", group="hikers", name="Mine")) is Code.NOT_OWNER


@pytest.mark.parametrize("op", ["join", "leave", "members"])
async def test_a_group_of_nobody(world: World, op: str) -> None:
    assert await refused(world.ask("alice", "groups", op=op, group="nobodys")) is Code.UNKNOWN_GROUP


async def test_an_id_is_taken_once(hikers: World) -> None:
    assert await refused(hikers.ask("bob", "groups", op="create", group="hikers")) is Code.NAME_TAKEN


async def test_strangers_stay_outside(hikers: World) -> None:
    assert await refused(hikers.ask("mallory", "groups", op="join", group="hikers")) is Code.NOT_INVITED
    assert await refused(hikers.ask("mallory", "groups", op="leave", group="hikers")) is Code.NOT_MEMBER
    assert await refused(hikers.ask("mallory", "groups", op="members", group="hikers")) is Code.NOT_MEMBER
    assert await refused(hikers.ask("carol", "groups", op="members", group="hikers")) is Code.NOT_MEMBER


async def test_renaming_is_told_to_the_members(hikers: World) -> None:
    await hikers.ask("alice", "groups", op="rename", group="hikers", name="Climbers")
    assert hikers.news("g:hikers", "member")[0]["name"] == "Climbers"
    groups = (await hikers.ask("bob", "groups", op="list"))["groups"]
    assert [(it["group"], it["name"], it["role"]) for it in groups] == [("hikers", "Climbers", "member")]


@pytest.mark.parametrize("name", ["\x1b[2J\x07", "a\u202eb", "\x00", "line\nline"])
async def test_control_characters_in_a_name_travel_as_they_are(hikers: World, name: str) -> None:
    await hikers.ask("alice", "groups", op="rename", group="hikers", name=name)
    assert hikers.news("g:hikers", "member")[0]["name"] == name


async def test_who_is_removed_is_out_and_told(hikers: World) -> None:
    await hikers.ask("alice", "groups", op="remove", group="hikers", user="bob")
    assert not hikers.reaches("bob", "g:hikers")
    assert hikers.news("bob", "group")[0]["role"] == "none"
    assert hikers.news("g:hikers", "member")[0]["role"] == "none"
    assert await refused(hikers.ask("alice", "groups", op="remove", group="hikers", user="bob")) is Code.NOT_MEMBER
    assert await refused(hikers.ask("alice", "groups", op="remove", group="hikers", user="alice")) is Code.NOT_YOURSELF


async def test_an_invitation_can_be_declined_and_taken_back(hikers: World) -> None:
    await hikers.ask("carol", "groups", op="leave", group="hikers")
    assert await refused(hikers.ask("carol", "groups", op="join", group="hikers")) is Code.NOT_INVITED
    await hikers.ask("alice", "groups", op="invite", group="hikers", user="carol")
    await hikers.ask("alice", "groups", op="remove", group="hikers", user="carol")
    assert await refused(hikers.ask("carol", "groups", op="join", group="hikers")) is Code.NOT_INVITED


async def test_the_last_owner_hands_over_and_then_leaves(hikers: World) -> None:
    assert await refused(hikers.ask("alice", "groups", op="leave", group="hikers")) is Code.LAST_OWNER
    assert hikers.reaches("alice", "g:hikers")
    assert await refused(hikers.ask("alice", "groups", op="hand-over", group="hikers", user="carol")) is Code.NOT_MEMBER
    await hikers.ask("alice", "groups", op="hand-over", group="hikers", user="bob")
    assert [(it["user"], it["role"]) for it in hikers.news("g:hikers", "member")] == [
        ("bob", "owner"),
        ("alice", "member"),
    ]
    await hikers.ask("alice", "groups", op="leave", group="hikers")
    assert not hikers.reaches("alice", "g:hikers")
    assert hikers.reaches("bob", "g:hikers")
    assert (await record(hikers)).size == Size(1, 1)


async def test_the_only_member_leaving_ends_the_group_and_its_invitations(hikers: World) -> None:
    await hikers.ask("bob", "groups", op="leave", group="hikers")
    await hikers.ask("alice", "groups", op="leave", group="hikers")
    assert await refused(hikers.ask("carol", "groups", op="join", group="hikers")) is Code.UNKNOWN_GROUP
    await chores.finish_all(hikers.truth, now=NOW, before=NOW + 1000)
    await hikers.settle()
    assert hikers.news("carol", "group")[-1]["role"] == "none"
    assert (await hikers.ask("carol", "groups", op="list"))["groups"] == []
    assert await refused(hikers.ask("bob", "groups", op="create", group="hikers")) is Code.NAME_TAKEN


async def test_an_administrator_ends_a_group(hikers: World) -> None:
    await hikers.do(endings.end(HIKERS, now=NOW))
    await chores.finish(hikers.truth, Chore.GROUP, HIKERS, now=NOW)
    await hikers.settle()
    for user in ("alice", "bob"):
        assert not hikers.reaches(user, "g:hikers")
        assert hikers.news(user, "group")[-1]["role"] == "none"
    assert [it async for it in hikers.truth.scan(tables.CHORES)] == []


async def test_an_administrator_acts_as_the_owner(hikers: World) -> None:
    await hikers.do(groups.remove(HIKERS, None, UserId("bob"), now=NOW))
    assert not hikers.reaches("bob", "g:hikers")
    assert hikers.news("bob", "group")[0]["by"] == "admin"
    await hikers.do(groups.rename(HIKERS, None, "Walkers", now=NOW))
    assert (await record(hikers)).name == "Walkers"
    assert await listings.owner_of(hikers.truth, HIKERS) == "alice"


async def test_a_full_group_takes_nobody_more(hikers: World) -> None:
    full = Group("Hikers", NOW, "alice", Size(4999, 1))
    await hikers.truth.commit(Step(put={Cell(tables.GROUPS, "hikers"): full.encode()}))
    await hikers.friends(("alice", "mallory"))
    assert await refused(hikers.ask("alice", "groups", op="invite", group="hikers", user="mallory")) is Code.TOO_MANY
    await hikers.ask("carol", "groups", op="join", group="hikers")
    assert (await record(hikers)).size == Size(5000, 0)


async def test_members_are_listed_to_members(hikers: World) -> None:
    page = await hikers.ask("bob", "groups", op="members", group="hikers")
    assert sorted((it["user"], it["role"]) for it in page["members"]) == [
        ("alice", "owner"),
        ("bob", "member"),
        ("carol", "invited"),
    ]


@pytest.mark.parametrize("members", [["bob", "bob"], []])
async def test_members_are_named_once(world: World, members: list[str]) -> None:
    with pytest.raises(Malformed) as caught:
        await world.ask("alice", "groups", op="create", group="hikers", members=members)
    assert "members" in str(caught.value)
