"""Which command a key gives, in the input line and at a message."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from tui_client.alt_enter import SEQUENCE, teach
from tui_client.keyboard import SWALLOWED, Keyboard
from tui_client.keys import Keys
from tui_client.widgets.composer import NEW_LINE


@pytest.mark.parametrize(
    ("key", "selected", "empty", "expected"),
    [
        ("f3", False, False, "accept"),
        ("f3", True, True, "accept"),
        ("r", False, True, None),
        ("r", True, True, "reply"),
        ("z", True, True, None),
        ("escape", False, False, "select"),
        ("escape", True, False, "write"),
        ("enter", False, True, None),
        ("enter", True, True, "write"),
        ("up", False, False, None),
        ("up", False, True, "above"),
        ("up", True, False, "above"),
        ("j", True, True, "below"),
        ("home", False, False, None),
        ("home", False, True, "oldest"),
        ("end", False, True, "newest"),
    ],
)
def test_a_key_at_a_moment(key: str, selected: bool, empty: bool, expected: str | None) -> None:
    assert Keyboard().command(key, selected, empty) == expected


def test_two_keys_in_a_row() -> None:
    board = Keyboard(Keys(at_message={"oldest": "g g"}))
    assert [board.command(key, True, True) for key in ("g", "g", "g", "j", "g")] == [
        *(SWALLOWED, "oldest", SWALLOWED, "below", SWALLOWED),
    ]
    assert board.command("g", False, True) is None
    assert board.command("g", True, True) == SWALLOWED


@pytest.mark.parametrize("sequence", [SEQUENCE, "\x1b[27;2;13~", "\x1b[27;3;13~", "\x1b[13;2u", "\x1b[13;3u", "\n"])
def test_alt_enter_and_shift_enter_are_a_new_line_and_not_enter(sequence: str) -> None:
    teach()
    parser = XTermParser(debug=False)
    keys = [token.key for token in (*parser.feed(sequence), *parser.feed("")) if isinstance(token, Key)]
    assert keys and set(keys) <= set(NEW_LINE)
