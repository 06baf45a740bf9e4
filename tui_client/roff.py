"""Text as a manual page wants it: escaped, so that nothing in it is a request to the typesetter. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_SPELLED = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "~": "\\(ti", "^": "\\(ha"}


def escape(text: str) -> str:
    """One line of text; a dot at its beginning is a dot."""
    spelled = "".join(_spelled(char) for char in text.replace("\n", " "))
    return f"\\&{spelled}" if spelled.startswith(".") else spelled


def title(name: str, section: int, what: str) -> str:
    """How a page begins: words are not cut at the end of a line."""
    return f'.TH "{escape(name.upper())}" "{section}" "" "XasUp" "{escape(what)}"\n.nh\n.ad l\n'


def heading(text: str) -> str:
    """Of a section."""
    return f'.SH "{escape(text.upper())}"\n'


def subheading(text: str) -> str:
    """Within a section."""
    return f'.SS "{escape(text)}"\n'


def paragraph(text: str) -> str:
    """Filled to the width of the page."""
    return f".PP\n{escape(text)}\n"


def entries(rows: Iterable[tuple[str, str]]) -> str:
    """What is explained, in bold, and its explanation below, indented."""
    return "".join(f".TP\n\\fB{escape(term)}\\fR\n{escape(meaning)}\n" for term, meaning in rows)


def example(lines: Iterable[str]) -> str:
    """Lines as they are typed."""
    return ".PP\n.EX\n" + "".join(f"{escape(line)}\n" for line in lines) + ".EE\n"


def _spelled(char: str) -> str:
    if char.isascii():
        return _SPELLED.get(char, char)
    return f"\\[u{ord(char):04X}]"
