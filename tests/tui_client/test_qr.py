"""QR codes in half blocks: every module is where the code has it, light all around."""

from __future__ import annotations

import segno

from tui_client.qr import NARROW, QUIET, drawn, modules

TEXT = "xasup://alice:" + "c" * 22 + "@chat.example.org:1883/phone"
_UPPER, _LOWER = "▀█", "▄█"


def test_what_is_drawn_is_the_code() -> None:
    code = modules(TEXT)
    lines = drawn(code)
    read = [[char in half for char in line] for line in lines for half in (_UPPER, _LOWER)]
    assert read[: len(code)] == code
    assert [list(map(bool, row)) for row in segno.make(TEXT, error="l", boost_error=False).matrix] == [
        row[QUIET:-QUIET] for row in code[QUIET:-QUIET]
    ]


def test_it_is_light_all_around() -> None:
    code = modules(TEXT)
    assert not any(any(row) for row in (*code[:QUIET], *code[-QUIET:]))
    assert not any(any((*row[:QUIET], *row[-QUIET:])) for row in code)


def test_a_connect_string_fits_a_usual_terminal() -> None:
    lines = drawn(modules(TEXT, NARROW))
    assert len(lines) <= 20
    assert {len(line) for line in lines} == {len(lines[0])}
