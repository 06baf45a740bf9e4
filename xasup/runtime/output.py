"""What a command prints: tables for people that stream, JSON lines for scripts, colours only on a terminal.

Everything foreign is made inert here, once. Refuses to know which command prints, and any toolkit: rooms that may not
import the command line print through here too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from xasup.protocol import codec
from xasup.protocol.inert import json_line, one_line

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34}


def line(text: str) -> None:
    """*text* on a line of its own. It must be inert already."""
    sys.stdout.write(f"{text}\n")


def line_now(text: str) -> None:
    """The same, out before anything else is done: for what would be lost if that failed."""
    line(text)
    sys.stdout.flush()


def say(sentence: str) -> None:
    """A sentence for people, made inert."""
    line(one_line(sentence))


def note(sentence: str) -> None:
    """A remark beside the answer, on standard error, made inert."""
    sys.stderr.write(f"xasup: {one_line(sentence)}\n")


def emit(value: Mapping[str, Any]) -> None:
    """One JSON object on a line of its own. What could harm a terminal is spelled as \\uNNNN, which reads the same."""
    line(json_line(codec.encode(dict(value)).decode()))


def paint(text: str, colour: str) -> str:
    """*text* in *colour* on a terminal; as it is with NO_COLOR, or elsewhere."""
    if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def moment(ms: int) -> str:
    """Milliseconds since the epoch as `2026-01-31 17:05Z`; `-` for 0."""
    if not ms:
        return "-"
    try:
        return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%MZ}"
    except (OverflowError, ValueError):
        return f"{ms} ms"


class Table:
    """Rows under a head, written as they come: widths are fixed by the head, so that 100,000 rows need no memory."""

    def __init__(self, columns: Sequence[tuple[str, int]]) -> None:
        """*columns*: name and least width in characters."""
        self._columns = columns
        self._line([name.upper() for name, _ in columns])

    def row(self, *cells: object) -> None:
        """One line; what is wider than its column pushes the rest to the right."""
        self._line([one_line(str(cell)) for cell in cells])

    def _line(self, cells: Sequence[str]) -> None:
        padded = (cell.ljust(width) for cell, (_, width) in zip(cells, self._columns, strict=True))
        line("  ".join(padded).rstrip())
