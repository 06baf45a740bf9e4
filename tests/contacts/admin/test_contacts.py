"""`xasup contacts`."""

import asyncio

import pytest

from contacts.operations import contacts as operations
from contacts.operations.operation import Operation
from contacts.operations.perform import perform
from tests.support.commands import Commands
from xasup.protocol.contacts import Op
from xasup.protocol.ids import UserId
from xasup.wire.truth import open_truth

ALICE, BOB, SCHOOL, MALLORY = UserId("alice"), UserId("bob"), UserId("school"), UserId("mallory")


@pytest.fixture(autouse=True)
def people(commands: Commands) -> None:
    for user, policy in ((ALICE, "ask"), (BOB, "ask"), (MALLORY, "ask"), (SCHOOL, "admin")):
        commands.done("users", "create", user, "--policy", policy)


def people_do(commands: Commands, *deeds: tuple[Op, UserId, UserId]) -> None:
    """What people decide over MQTT."""

    async def do(operation: Operation) -> None:
        async with open_truth(commands.url) as truth:
            await perform(truth, operation)

    for op, me, other in deeds:
        asyncio.run(do(operations.act(op, me, other, now=1_792_000_000_000, greeting="hello\x1b[2J")))


def states(commands: Commands, one: str, two: str) -> tuple[str, str]:
    """What *one* decided about *two*, and *two* about *one*."""
    here, there = commands.done("contacts", "show", one, two, "--json").json
    assert (here["user"], here["other"], there["user"], there["other"]) == (one, two, two, one)
    return here["mine"], there["mine"]


def test_an_administrator_approves(commands: Commands) -> None:
    people_do(commands, (Op.ASK, ALICE, SCHOOL))
    assert states(commands, "school", "alice") == ("asked", "none")
    assert commands.done("contacts", "pending").out.splitlines()[1].split() == [
        "school",
        "alice",
        "2026-10-14",
        "17:46Z",
        "hello\\u{1b}[2J",
    ]
    result = commands.done("contacts", "approve", "school", "alice")
    assert result.out == "school and alice may write to each other\n"
    assert states(commands, "school", "alice") == ("accepted", "accepted")
    assert commands.done("contacts", "pending", "--json").out == ""


def test_an_administrator_denies(commands: Commands) -> None:
    people_do(commands, (Op.ASK, MALLORY, SCHOOL))
    answer = commands.facts("contacts", "deny", "school", "mallory")
    assert answer == {"user": "school", "other": "mallory", "mine": "denied", "theirs": "none", "enforced": True}
    assert states(commands, "school", "mallory") == ("denied", "none")
    assert commands("contacts", "approve", "school", "mallory").status == 1


def test_an_administrator_revokes_both_directions(commands: Commands) -> None:
    people_do(commands, (Op.ASK, ALICE, BOB), (Op.ACCEPT, BOB, ALICE))
    assert states(commands, "alice", "bob") == ("accepted", "accepted")
    commands.done("contacts", "revoke", "alice", "bob")
    assert states(commands, "alice", "bob") == ("revoked", "revoked")


def test_one_way(commands: Commands) -> None:
    assert commands.done("contacts", "allow", "--one-way", "alice", "bob").out == "bob may write to alice\n"
    assert states(commands, "alice", "bob") == ("accepted", "none")
    commands.done("contacts", "revoke", "alice", "bob")
    assert states(commands, "alice", "bob") == ("revoked", "none")


def test_both_ways_are_not_an_administrators_to_give(commands: Commands) -> None:
    result = commands("contacts", "allow", "alice", "bob")
    assert result.status == 2
    assert "both to agree" in " ".join(result.err.split())
    assert commands("contacts", "show", "alice", "bob").status == 1


def test_a_block_stands(commands: Commands) -> None:
    people_do(commands, (Op.BLOCK, ALICE, MALLORY))
    result = commands("contacts", "allow", "--one-way", "alice", "mallory")
    assert result.status == 1
    assert "only alice can undo that" in result.err
    assert states(commands, "alice", "mallory") == ("blocked", "none")


@pytest.mark.parametrize("command", ["approve", "deny", "revoke"])
def test_nothing_to_decide_is_status_1(commands: Commands, command: str) -> None:
    result = commands("contacts", command, "alice", "bob")
    assert (result.status, result.out) == (1, "")
    assert "nothing to" in result.err


@pytest.mark.parametrize("command", [("approve",), ("deny",), ("revoke",), ("allow", "--one-way")])
def test_strangers_and_oneself(commands: Commands, command: tuple[str, ...]) -> None:
    assert commands("contacts", *command, "alice", "ghost").status == 1
    assert commands("contacts", *command, "ghost", "alice").status == 1
    assert commands("contacts", *command, "alice", "alice").status == 1
    assert commands("contacts", *command, "alice", "Al ice").status == 2


def test_list(commands: Commands) -> None:
    people_do(commands, (Op.ASK, ALICE, BOB), (Op.ACCEPT, BOB, ALICE), (Op.ASK, MALLORY, ALICE))
    all_lines = commands.done("contacts", "list", "--json").json
    assert {(line["user"], line["other"]) for line in all_lines} == {
        ("alice", "bob"),
        ("bob", "alice"),
        ("alice", "mallory"),
        ("mallory", "alice"),
    }
    assert {line["other"] for line in commands.done("contacts", "list", "alice", "--json").json} == {"bob", "mallory"}
    (asked,) = commands.done("contacts", "list", "--state", "asked", "--json").json
    assert asked == {
        "user": "alice",
        "other": "mallory",
        "mine": "asked",
        "theirs": "none",
        "ts": 1_792_000_000_000,
        "greeting": "hello\x1b[2J",
    }
    assert "hello\\u{1b}[2J" in commands.done("contacts", "list", "alice").out
    assert commands("contacts", "list", "ghost").status == 1
    assert commands("contacts", "list", "--state", "wrong").status == 2
