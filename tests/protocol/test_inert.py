"""Foreign text is harmless to show, and harmless text is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xasup.protocol.inert import inert, one_line


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in one_line(text))


@pytest.mark.parametrize("text", ["hello", "naïve café", "日本語", "👩‍👩‍👧 👍🏽", "עברית", "a\nb\tc"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", "\\u{1b}]0;owned\\u{7}"),
        ("\x9b31m", "\\u{9b}31m"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("a\rb", "a\\u{d}b"),
        ("\x7f", "\\u{7f}"),
    ],
)
def test_escapes_are_spelled(text: str, shown: str) -> None:
    assert inert(text) == shown


def test_one_line_is_one_line() -> None:
    assert one_line("a\nb\tc") == "a\\u{a}b\\u{9}c"
