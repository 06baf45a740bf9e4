"""A screen as text and styles, in a few short lines that a person can read and compare; and as SVG for the docs.

    ▸○ bob                  │ ● …        the rows, as they are
    a24 b1 c55                           their styles by letters, each with so many cells; `*3`: three rows of it
    a: bold #7fb8ff on #11151b           what the letters mean

Refuses to know: which screens there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from string import ascii_letters

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from tests.tui_client.seat import Eyes

Runs = list[tuple[str, int]]  # a style and its cells


def rows(screen: Eyes) -> str:
    """The text alone."""
    return "\n".join(row.rstrip() for row in screen.rows())


def styles(screen: Eyes) -> str:
    """The styles alone."""
    found = [_runs(strip) for strip in screen.strips()]
    names = dict(zip(dict.fromkeys(style for row in found for style, _ in row), ascii_letters, strict=False))
    spelled = [" ".join(f"{names[style]}{cells}" for style, cells in row) for row in found]
    return "\n".join([*_folded(spelled), *(f"{letter}: {style}" for style, letter in names.items())])


def svg(screen: Eyes) -> str:
    """For a browser. Without what changes from run to run, and without fonts from elsewhere."""
    text = screen.app.export_screenshot(title="XasUp", simplify=True)
    text = re.sub(r"@font-face \{.*?\}\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"terminal-\d+", "terminal", text)
    return "\n".join(row.rstrip() for row in text.splitlines()) + "\n"


def _runs(strip: Strip) -> Runs:
    segments = [(_spelled(segment.style), cell_len(segment.text)) for segment in strip if segment.text]
    return [(style, sum(cells for _, cells in run)) for style, run in groupby(segments, key=lambda each: each[0])]


def _spelled(style: Style | None) -> str:
    if style is None:
        return "none"
    flags = [name for name in ("bold", "dim", "italic", "underline", "reverse", "strike") if getattr(style, name)]
    colours = [part.name if part else "default" for part in (style.color, style.bgcolor)]
    return " ".join([*flags, colours[0], "on", colours[1]])


def _folded(spelled: list[str]) -> Iterator[str]:
    for row, same in groupby(spelled):
        count = len(list(same))
        yield f"{row} *{count}" if count > 1 else row
