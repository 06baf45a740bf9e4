"""How relations are named, marked and acted upon."""

from __future__ import annotations

import pytest

from tui_client.commands.table import BY_NAME
from tui_client.standing import Standing, towards, within
from xasup.client.values import Contact, Group
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId

BOB = UserId("bob")


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (Edge.NONE, Told.NONE, Standing.STRANGER),
        (Edge.ASKED, Told.NONE, Standing.ASKS_ME),
        (Edge.NONE, Told.ASKED, Standing.WAITING),
        (Edge.ACCEPTED, Told.ACCEPTED, Standing.CONTACT),
        (Edge.ACCEPTED, Told.NONE, Standing.ONE_WAY),
        (Edge.NONE, Told.ACCEPTED, Standing.CONTACT),
        (Edge.REVOKED, Told.REVOKED, Standing.CLOSED),
        (Edge.NONE, Told.NOT_ACCEPTED, Standing.CLOSED),
        (Edge.DENIED, Told.NONE, Standing.TURNED_DOWN),
        (Edge.BLOCKED, Told.ACCEPTED, Standing.BLOCKED),
        (Edge.REVOKED, Told.ASKED, Standing.WAITING),
    ],
)
def test_towards_a_person(mine: Edge, theirs: Told, expected: Standing) -> None:
    assert towards(Contact(BOB, mine, theirs)) is expected


@pytest.mark.parametrize("theirs", Told)
@pytest.mark.parametrize("mine", Edge)
def test_only_who_accepts_me_can_be_written_to(mine: Edge, theirs: Told) -> None:
    writable = towards(Contact(BOB, mine, theirs)).writable
    assert not writable or theirs is Told.ACCEPTED


def test_presence_is_told_by_the_mark() -> None:
    found = [towards(Contact(BOB, Edge.ACCEPTED, Told.ACCEPTED, online=online)) for online in (True, False, None)]
    assert found == [Standing.ONLINE, Standing.AWAY, Standing.CONTACT]
    assert len({standing.look.mark for standing in found}) == 3


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.MEMBER, Standing.IN_GROUP), (Role.OWNER, Standing.IN_GROUP), (Role.INVITED, Standing.INVITED)],
)
def test_within_a_group(role: Role, expected: Standing) -> None:
    assert within(Group(GroupId("hikers"), "Hikers", role)) is expected


def test_strangers_and_unknown_groups() -> None:
    assert (towards(None), within(None)) == (Standing.STRANGER, Standing.OUTSIDE)


def test_every_offer_is_a_command() -> None:
    assert {name for standing in Standing for name in standing.look.offers} <= set(BY_NAME)
