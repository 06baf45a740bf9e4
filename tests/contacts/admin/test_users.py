"""`xasup users`."""

from pathlib import Path

import pytest

from tests.support.commands import Commands
from xasup.runtime import listening
from xasup.runtime.settings import Settings

HOSTILE = "A\x1b[31m\u202elice\x9b2J\n\U0010ffff"


def test_a_user_is_created_listed_and_shown(commands: Commands) -> None:
    result = commands.done("users", "create", "alice", "--name", "Alice Ash")
    assert result.out == "alice is created\n"
    assert result.err == ""
    assert "alice             active     ask     1000" in commands.done("users", "list").out
    shown = commands.facts("users", "show", "alice")
    assert shown["created"] > 0
    del shown["created"]
    assert shown == {
        "user": "alice",
        "state": "active",
        "policy": "ask",
        "rate": 1000,
        "burst": 20_000,
        "usual": True,
        "name": "Alice Ash",
        "devices": [],
        "groups": [],
        "contacts": {},
    }


def test_the_options_of_create(commands: Commands) -> None:
    made = commands.facts("users", "create", "lamp", "--policy", "auto", "--rate", "20")
    assert (made["policy"], made["rate"], made["burst"], made["enforced"]) == ("auto", 20, 20, True)
    made = commands.facts("users", "create", "sensor", "--rate", "5", "--burst", "50")
    assert (made["rate"], made["burst"]) == (5, 50)
    assert commands.facts("users", "show", "sensor")["burst"] == 50


@pytest.mark.parametrize(
    ("user", "status", "sentence"),
    [
        ("alice", 1, "user alice exists"),
        ("Bob", 2, "expected 1 to 32 of a-z"),
        ("bob+", 2, "expected 1 to 32 of a-z"),
        ("а", 2, "expected 1 to 32 of a-z"),  # Cyrillic
        ("x" * 33, 2, "expected 1 to 32 of a-z"),
        ("svc-contacts", 2, "belongs to a service"),
        ("broker", 2, "belongs to a service"),
    ],
)
def test_ids_that_cannot_be_had(commands: Commands, user: str, status: int, sentence: str) -> None:
    commands.done("users", "create", "alice")
    result = commands("users", "create", user)
    assert (result.status, result.out) == (status, "")
    assert sentence in result.err
    assert len(commands.done("users", "list", "--json").json) == 1


def test_suspend_and_resume(commands: Commands) -> None:
    commands.done("users", "create", "mallory")
    assert commands.done("users", "suspend", "mallory").out == "mallory is suspended\n"
    assert commands.facts("users", "show", "mallory")["state"] == "suspended"
    assert commands.done("users", "suspend", "mallory").out == "mallory is suspended\n"
    commands.done("users", "resume", "mallory")
    assert commands.facts("users", "show", "mallory")["state"] == "active"


def test_policy_rate_and_name_are_changed(commands: Commands) -> None:
    commands.done("users", "create", "lamp")
    commands.done("users", "policy", "lamp", "auto")
    assert commands.done("users", "rate", "lamp", "7").out == "the rate of lamp is 7 a second, 7 at once\n"
    commands.done("users", "rename", "lamp", "Desk lamp")
    shown = commands.facts("users", "show", "lamp")
    assert (shown["policy"], shown["rate"], shown["name"]) == ("auto", 7, "Desk lamp")
    assert commands.done("users", "rate", "lamp", "0").out == "the rate of lamp is unlimited\n"


def test_a_rate_is_a_number_or_none_or_that_of_everybody(commands: Commands) -> None:
    commands.done("users", "create", "lamp", "--rate", "none")
    assert rate_of(commands, "lamp") == (0, 0, False)
    commands.done("users", "rate", "lamp", "5", "--burst", "50")
    assert rate_of(commands, "lamp") == (5, 50, False)
    said = commands.done("users", "rate", "lamp", "default").out
    assert said == "the rate of lamp is 1000 a second, 20000 at once\n"
    assert rate_of(commands, "lamp") == (1000, 20_000, True)
    for usual, shown in ((30, (30, 600, True)), (0, (0, 0, True))):
        with listening.published(Settings(data=Path(commands.environment["XASUP_DATA"]), rate=usual)):
            assert rate_of(commands, "lamp") == shown, "what the backend that runs was told"


def rate_of(commands: Commands, user: str) -> tuple[int, int, bool]:
    shown = commands.facts("users", "show", user)
    return shown["rate"], shown["burst"], shown["usual"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("policy", "lamp", "never"),
        ("rate", "lamp", "-1"),
        ("rate", "lamp", "1000001"),
        ("rate", "lamp", "many"),
        ("rate", "lamp", "none", "--burst", "5"),
        ("rate", "lamp", "5", "--burst", "0"),
        ("rename", "lamp", "x" * 129),
        ("rename", "lamp", "\udcff"),  # as the shell hands over a byte that is not UTF-8
        ("explode", "lamp"),
        ("show",),
        ("list", "--jsn"),
    ],
)
def test_bad_input_is_status_2(commands: Commands, arguments: tuple[str, ...]) -> None:
    commands.done("users", "create", "lamp")
    result = commands("users", *arguments)
    assert (result.status, result.out) == (2, "")
    assert result.err


@pytest.mark.parametrize("command", ["show", "suspend", "resume", "delete"])
def test_who_is_not_there_is_status_1(commands: Commands, command: str) -> None:
    result = commands("users", command, "ghost")
    assert (result.status, result.out, result.err) == (1, "", "xasup: there is no user ghost\n")


def test_delete_asks(commands: Commands) -> None:
    commands.done("users", "create", "mallory")
    no = commands("users", "delete", "mallory", input="n\n")
    assert (no.status, no.out) == (1, "")
    assert "nothing was done" in no.err
    nobody = commands("users", "delete", "mallory", input="")
    assert nobody.status == 2
    assert "--yes" in nobody.err
    assert commands.facts("users", "show", "mallory")["state"] == "active"
    yes = commands("users", "delete", "mallory", input="y\n")
    assert (yes.status, yes.out) == (0, "mallory is deleted\n")
    assert commands("users", "show", "mallory").status == 1


def test_a_deleted_id_is_never_given_again(commands: Commands) -> None:
    commands.done("users", "create", "mallory")
    commands.done("devices", "create", "mallory", "laptop")
    commands.done("users", "delete", "mallory", "--yes")
    again = commands("users", "create", "mallory")
    assert again.status == 1
    assert "never given again" in again.err
    assert commands.done("users", "list", "--json").out == ""
    (tombstone,) = commands.done("users", "list", "--all", "--json").json
    assert (tombstone["user"], tombstone["state"]) == ("mallory", "deleted")
    assert commands("devices", "list", "mallory").status == 1


def test_hostile_names_are_inert_and_whole(commands: Commands) -> None:
    for result in (
        commands.done("users", "create", "alice", "--name", HOSTILE),
        commands.done("users", "list"),
        commands.done("users", "show", "alice"),
        commands.done("users", "rename", "alice", HOSTILE),
        commands.done("users", "list", "--json"),
    ):
        assert all(char.isprintable() or char == "\n" for char in result.out)
        assert result.out.count("\n") <= 11
    (line,) = commands.done("users", "list", "--json").json
    assert line["name"] == HOSTILE
