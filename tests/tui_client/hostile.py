"""Texts that somebody could send to take hold of a screen, and the check that none of them did."""

from __future__ import annotations

import re
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
    "\x1b]2;PWNED\x07\x1b]9;PWNED\x07\x1b]777;notify;PWNED;now\x07",
    "\x1b_GPWNED\x1b\\ \x1bXPWNED\x1b\\ \x1b^PWNED\x1b\\",
    "\x9d0;PWNED\x9c \x98PWNED\x9c \x9fPWNED\x9c",
    "\x1b[5;31;47m \x1b[6n \x1b[?47h \x1bc \x1b(0 \x1b#8 \x1b[18t \x1b[3J",
    "<script>PWNED()</script><img src=x onerror=PWNED()><!-- --></pre>&amp;&#27;[2J",
    ".TH PWNED 1\n.so /etc/passwd\n'\\\" \\fB\\!cat",
    '=PWNED("calc")',
    "+PWNED",
    "@PWNED",
    '"PWNED" OR NEAR(x y) * ^ - : {a b} AND NOT',
    "; PWNED $(PWNED) `PWNED` | PWNED && PWNED > x < y #",
    "%s %d {0} {x!r} %(name)s \\u{1b}",
    "שלום עולם مرحبا \u0627\u0644",
    "„“”‘’…—·●○✓✗│─",
    "e" + "\u0301" * 30_000,
    "\u200b" * 2_000,
    "w\u0336o\u0336r\u0336d " * 400,
)
LONELY = "\ud800 \udc00 \udfff"  # no payload can carry it; a name, a label or a file may
each_hostile = pytest.mark.parametrize("text", HOSTILE, ids=[f"{number:02}" for number in range(len(HOSTILE))])


# What Textual's driver and compositor write by themselves. SGR: flags that we use, colours as RGB; no blinking.
_COLOUR = r"(?:38|48);2;\d+;\d+;\d+"
_OURS = re.compile(
    r"\x1b\[(?:"
    rf"(?:(?:0|[123479]|{_COLOUR})(?:;(?:0|[123479]|{_COLOUR}))*)?m"  # SGR
    r"|\d+;\d+H"  # the cursor
    r"|\?(?:25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2031|2048|7)[hl]"  # modes
    r"|2[23];2t"  # the title is kept for later
    r"|\?(?:2026|2048)\$p|[<>=]\d*u|>1u|<1?u|\?996n|c"  # questions to the terminal, and its keyboard
    r")"
    r"|\x1b\]22;[a-z]+\x07"  # the shape of the mouse pointer
    r"|\x1b\]8;(?:id=\d+;https?://[!-~]+|;)\x1b\\"  # a link as we write it, and its end
    # titles and notifications, where what somebody wrote is not their beginning
    r"|\x1b\](?:2|9|777);(?!(?:notify;)?PWNED)[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\)"
)


def sequences(written: str) -> list[str]:
    """Control sequences and characters in what was *written* to a terminal that are none of ours."""
    rest = _OURS.sub("", written)
    return re.findall(
        r"\x1b.{0,12}|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", rest
    )


def betrayals(texts: Iterable[str]) -> list[str]:
    """Of texts that are drawn, those with a character that a terminal would obey instead of show."""
    return [text for text in texts if any(_obeyed(char) for char in text)]


def _obeyed(char: str) -> bool:
    bidi = char in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return bidi or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
