"""Makes foreign text harmless to show: control characters and terminal escapes become visible, bidi overrides too.

Refuses to know: colours, widths, markup of any toolkit (a screen must also turn its own markup off).
"""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT = frozenset("\n\t")


def inert(text: str, keep: frozenset[str] = _KEPT) -> str:
    """*text* with C0, C1, DEL, bidi controls, line separators and unassigned or surrogate code points as `\\u{…}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep or not _harmful(char) else f"\\u{{{ord(char):x}}}" for char in text)


def one_line(text: str) -> str:
    """The same for a table, a title or a log: newlines and tabs are spelled as well."""
    return inert(text, frozenset())


def json_line(text: str) -> str:
    """JSON, in which the same characters become \\uNNNN: what reads it finds what they were."""
    return text if one_line(text) == text else "".join(map(_spelled, text))


def _spelled(char: str) -> str:
    if _harmful(char):
        units = char.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
    return char


def _harmful(char: str) -> bool:
    return char in _BIDI or unicodedata.category(char) in ("Cc", "Cs", "Cn", "Zl", "Zp")
