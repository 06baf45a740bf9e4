"""Groups on the screen: members, inviting from contacts, renaming, removing, handing over, leaving, founding."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from tui_client.circle import group_lines, leaving, may_leave
from tui_client.spans import width
from tui_client.view import View
from xasup.client.values import Group, Member
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId

SIZES = [(80, 24), (60, 15)]
HIKERS = GroupId("hikers")


@pytest.fixture
async def town() -> Town:
    """Alice owns the hikers; bob is in, carol is a contact, dave is a stranger."""
    town = Town.around("alice", "bob", "carol")
    town.person("dave")
    await town.people["alice"].create_group(HIKERS, "The Hikers", ["bob"])
    await town.people["bob"].join(HIKERS)
    return town


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.people["alice"]


def test_who_may_leave_and_what_follows() -> None:
    owner, member = Group(HIKERS, "The Hikers", Role.OWNER), Group(HIKERS, "The Hikers", Role.MEMBER)
    me, bob = Member(UserId("alice"), Role.OWNER), Member(UserId("bob"), Role.MEMBER)
    assert may_leave(member, [me, bob])
    assert not may_leave(owner, [me, bob])
    assert may_leave(owner, [me, Member(UserId("bob"), Role.INVITED)])
    assert "the group ends" in leaving(owner)
    assert "must invite you" in leaving(member)


def test_a_hostile_name_stays_a_text() -> None:
    lines = group_lines(Group(HIKERS, "\x1b]0;x\x07" + "w" * 200, Role.MEMBER), [], View("alice"), 40)
    assert all("\x1b" not in line.text and width(line.text) <= 40 for line in lines)


@pytest.mark.parametrize("size", SIZES)
async def test_members_with_their_part_and_presence(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/open g:hikers")
        await screen.types("/group")
        await screen.sees(
            "The Hikers  g:hikers", "● alice  you  owns the group", "● bob  member", "i invite", "Esc close"
        )


@pytest.mark.parametrize("size", SIZES)
async def test_a_contact_is_invited_from_a_list(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/open g:hikers")
        await screen.types("/group")
        await screen.sees("● bob  member")
        await screen.presses("i")
        assert "dave" not in await screen.sees("Invite whom?", "[ ] carol")
        await screen.presses("space")
        await screen.sees("[x] carol")
        await screen.presses("enter")
        await screen.sees("● carol  invited, has not answered")


async def test_the_owner_renames_removes_and_hands_over_before_leaving(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open g:hikers")
        await screen.types("/group")
        await screen.sees("● bob  member")
        await screen.presses("l")
        await screen.sees("✗ you own this group and others are in it; hand it over first")
        await screen.presses("r")
        await screen.sees("A new name for this group:")
        await screen.types(" of 1926")
        await screen.sees("The Hikers of 1926  g:hikers")
        await screen.presses("down", "o")
        await screen.sees("Make bob the owner?")
        await screen.presses("enter")
        await screen.sees("● bob  owns the group", "bob owns the group now")
        await screen.presses("l")
        await screen.sees("You get nothing more of it")
        await screen.presses("enter")
        await screen.misses("● bob  owns the group")
        assert await alice.groups() == [] or (await alice.groups())[0].role is Role.NONE


@pytest.mark.parametrize("size", SIZES)
async def test_a_group_is_founded_by_questions(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.sees("● bob")
        await screen.types("/group")
        await screen.sees("A short name for the new group")
        await screen.types("kites")
        await screen.sees("What is it called, for people?")
        await screen.types(" and strings")
        await screen.sees("Whom do you invite?")
        await screen.presses("enter")
        await screen.sees("kites and strings")
        await screen.types("/group")
        await screen.sees("● bob  invited, has not answered")


async def test_the_same_by_slash(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open g:hikers")
        await screen.types("/rename Up and Down")
        await screen.sees("# Up and Down")
        await screen.types("/handover bob")
        await screen.sees("Make bob the owner of hikers?")
        await screen.presses("enter")
        await screen.sees("bob owns hikers now")
        await screen.types("/remove bob")
        await screen.sees("bob is removed")
