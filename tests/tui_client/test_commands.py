"""The table of commands, and what is made of it."""

from __future__ import annotations

import pytest

from tests.support import docs
from tui_client import manual
from tui_client.commands.table import BY_NAME, COMMANDS, hints
from tui_client.slash import Order, Text, Unknown, parse
from tui_client.spans import width


def test_names_and_keys_are_given_once() -> None:
    keys = [command.key for command in COMMANDS if command.key]
    assert len(BY_NAME) == len(COMMANDS)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hi", Text("hi")),
        ("//ask", Text("/ask")),
        (" /ask", Text(" /ask")),
        ("/ask bob hello there", Order(BY_NAME["ask"], "bob hello there")),
        ("/ASK  bob ", Order(BY_NAME["ask"], "bob")),
        ("/help", Order(BY_NAME["help"])),
        ("/dance bob", Unknown("dance")),
        ("/", Unknown("")),
    ],
)
def test_what_was_typed(typed: str, expected: object) -> None:
    assert parse(typed) == expected


def test_hints_name_the_key_or_the_slash() -> None:
    assert hints(("accept", "unblock")) == "F3 accept · /unblock"


@pytest.mark.parametrize("cells", [54, 74])
def test_the_help_has_every_command_and_fits(cells: int) -> None:
    lines = manual.help_lines(COMMANDS, cells)
    text = "\n".join(line.text for line in lines)
    assert all(command.slash in text and command.shown_key in text for command in COMMANDS)
    assert all(width(line.text) <= cells for line in lines)


def test_the_documentation_has_what_the_code_says() -> None:
    assert docs.stale() == [], "`make docs` writes it anew"
