"""Wrapping and fitting: never wider than asked, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui_client.hostile import HOSTILE, betrayals
from tui_client.spans import MARKS, fit, foreign, foreign_line, width, wrap

texts = st.text(st.characters(codec="utf-8"), max_size=80) | st.sampled_from(HOSTILE)


@given(texts, st.integers(2, 60))
def test_a_wrapped_line_is_never_too_wide(text: str, cells: int) -> None:
    assert all(width(line) <= cells for line in wrap(foreign(text), cells))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200), st.integers(2, 60))
def test_wrapping_loses_no_character_but_the_spaces_at_breaks(text: str, cells: int) -> None:
    assert "".join(wrap(text, cells)).replace(" ", "") == text.replace(" ", "")


@given(texts, st.integers(1, 60))
def test_fit_is_exact(text: str, cells: int) -> None:
    assert width(fit(foreign_line(text), cells)) == cells


def test_wide_characters_are_not_split() -> None:
    assert wrap("日本語テ", 5) == ("日本", "語テ")


def test_indentation_stays() -> None:
    assert wrap("  x = 1\n    y", 20) == ("  x = 1", "    y")


@given(texts)
def test_foreign_text_is_harmless(text: str) -> None:
    assert not betrayals(foreign(text).split("\n"))
    assert not betrayals([foreign_line(text)])


@pytest.mark.parametrize(
    ("text", "drawn", "cells"),
    [
        ("👨‍👩‍👧", "👨👩👧", 6),
        ("👍🏽!", "👍!", 3),
        ("⚠️ 1️⃣", "⚠ 1", 3),
        ("🏳️‍🌈", "🏳🌈", 3),
        ("می‌خواهم", "می‌خواهم", 7),
        ("क्‍ष", "क्ष", 2),
    ],
)
def test_what_is_drawn_has_one_width_on_every_terminal(text: str, drawn: str, cells: int) -> None:
    assert (foreign(text), foreign_line(text)) == (drawn, drawn)
    assert width(foreign(text)) == cells


def test_the_check_of_harmlessness_can_fail() -> None:
    assert betrayals(HOSTILE)


def test_a_letter_under_thousands_of_marks_keeps_a_few() -> None:
    assert foreign("e" + "\u0301" * 60_000 + "!") == "e" + "\u0301" * MARKS + "!"
    assert foreign_line("n\u0303o") == "n\u0303o"
