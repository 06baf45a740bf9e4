"""`xasup groups`."""

import pytest

from tests.support.commands import Commands
from xasup.protocol.groups import Role
from xasup.protocol.records import Membership
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step


@pytest.fixture(autouse=True)
def people(commands: Commands) -> None:
    for user in ("alice", "bob", "carol"):
        commands.done("users", "create", user)
    for user in ("bob", "carol"):
        commands.done("contacts", "allow", "--one-way", user, "alice")


def roles(commands: Commands, group: str) -> dict[str, str]:
    _, *people = commands.done("groups", "show", group, "--json").json
    return {line["user"]: line["role"] for line in people}


def joins(commands: Commands, group: str, user: str) -> None:
    member = Membership(Role.MEMBER).encode()
    put = {Cell(tables.members(group), user): member, Cell(tables.memberships(user), group): member}
    commands.put(Step(put=put))


def test_a_group_is_founded_and_shown(commands: Commands) -> None:
    result = commands.done("groups", "create", "kites", "alice", "bob", "carol", "--name", "Kite \x1b[1mclub")
    assert result.out == "group kites is founded for alice, bob, carol invited\n"
    assert roles(commands, "kites") == {"alice": "owner", "bob": "invited", "carol": "invited"}
    head, _, *rows = commands.done("groups", "show", "kites").out.splitlines()
    assert head.startswith("kites: Kite \\u{1b}[1mclub, founded 20")
    assert len(rows) == 3
    (line,) = commands.done("groups", "list", "--json").json
    assert (line["group"], line["members"], line["invited"], line["name"]) == ("kites", 1, 2, "Kite \x1b[1mclub")


def test_who_has_not_agreed_is_not_invited(commands: Commands) -> None:
    result = commands("groups", "create", "kites", "bob", "carol")
    assert result.status == 1
    assert "carol has not accepted" in result.err
    assert commands("groups", "show", "kites").status == 1


def test_rename(commands: Commands) -> None:
    commands.done("groups", "create", "hikers", "alice")
    commands.done("groups", "rename", "hikers", "Sunday hikers")
    assert "Sunday hikers" in commands.done("groups", "list").out


def test_remove(commands: Commands) -> None:
    commands.done("groups", "create", "hikers", "alice", "bob")
    commands.done("groups", "remove", "hikers", "bob")
    assert roles(commands, "hikers") == {"alice": "owner"}
    owner = commands("groups", "remove", "hikers", "alice")
    assert owner.status == 1
    assert "hand the group over" in owner.err


def test_hand_over(commands: Commands) -> None:
    commands.done("groups", "create", "hikers", "alice", "bob", "carol")
    joins(commands, "hikers", "bob")
    assert commands.done("groups", "hand-over", "hikers", "bob").out == "bob owns hikers\n"
    assert roles(commands, "hikers") == {"alice": "member", "bob": "owner", "carol": "invited"}
    assert commands("groups", "hand-over", "hikers", "carol").status == 1  # invited only
    assert commands("groups", "hand-over", "hikers", "bob").status == 1  # owns it already


def test_end(commands: Commands) -> None:
    commands.done("groups", "create", "hikers", "alice", "bob")
    assert commands("groups", "end", "hikers", input="n\n").status == 1
    assert roles(commands, "hikers") != {}
    assert commands("groups", "end", "hikers", input="").status == 2
    commands.done("groups", "end", "hikers", "--yes")
    assert commands("groups", "show", "hikers").status == 1
    assert commands.done("groups", "list", "--json").out == ""
    assert commands.done("groups", "list", "--all", "--json").json[0]["state"] == "ended"
    assert commands.facts("users", "show", "bob")["groups"] == []
    again = commands("groups", "create", "hikers", "alice")
    assert again.status == 1
    assert "has existed" in again.err


@pytest.mark.parametrize(
    "arguments", [("show",), ("rename", "x"), ("remove", "alice"), ("hand-over", "alice"), ("end", "--yes")]
)
def test_a_group_that_is_not_there_is_status_1(commands: Commands, arguments: tuple[str, ...]) -> None:
    command, *rest = arguments
    result = commands("groups", command, "ghosts", *rest)
    assert (result.status, result.err) == (1, "xasup: there is no group ghosts\n")


def test_bad_ids_are_status_2(commands: Commands) -> None:
    assert commands("groups", "create", "Hik/ers", "alice").status == 2
    assert commands("groups", "create", "hikers", "alice", "alice").status == 1
