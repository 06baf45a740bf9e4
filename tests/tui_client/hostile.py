"""Texts that somebody could send to take hold of a screen, and the check that none of them did."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import pytest

HOSTILE = (
    "[b]bold[/b] [link=http://x]click[/link] [@click=app.exit]bye[/]",
    "[red",
    "[/]",
    "\\[b]",
    "$error [$error]x[/]",
    "\x1b[31mred\x1b[0m \x1b[2J\x1b[H",
    "\x1b]0;title\x07 \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;aGk=\x07",
    "\x9b31m \x90q\x9c",
    "\x1bP1000p\x1b\\ \x1b[?1049l \x1b[?1000h",
    "back\x08\x08\x08space \rreturn \x0bvt \x0cff \x00nul \x7fdel",
    "left \u202eto right \u2066isolate\u2069 \u200fmark",
    "line\u2028separator\u2029paragraph",
    "\x85next \ufeff bom \u00ad soft",
    "new\nline\n\n\n09:13 you › forged ✓✓ read",
    "tab\tand\ttab",
    "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 1️⃣ ⚠️",
    "日本語のテキスト 한국어 中文",
    "z̷̢̛͖͎a̸̡͓l̵̘̈́g̴̟͝o̶̪̅ " * 3,
    "a" * 3000,
    "日" * 3000,
    " " * 500,
    "\u200b\u200c\u200d\u2060",
    "\U000e0041\U000e0042 tag",
    "\uffff \U0010ffff \ue000",
)
each_hostile = pytest.mark.parametrize("text", HOSTILE, ids=[f"{number:02}" for number in range(len(HOSTILE))])


def betrayals(texts: Iterable[str]) -> list[str]:
    """Of texts that are drawn, those with a character that a terminal would obey instead of show."""
    return [text for text in texts if any(_obeyed(char) for char in text)]


def _obeyed(char: str) -> bool:
    bidi = char in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return bidi or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
