"""Lines to read, under a title, over the conversation; the plain mode says them. Refuses to know what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.screens.reading import Reading
from tui_client.spans import Line, Role, Span, foreign_line, wrap


class Leaf(Reading):
    """What was found out for somebody who asked."""

    SHEET = "leaf"

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        """*lines*: foreign text in them is made harmless here."""
        super().__init__()
        self._title, self._lines = title, tuple(lines)

    def spoken(self) -> Sequence[str]:
        return (f"{self._title}:", *self._lines)

    def lines(self, cells: int) -> Sequence[Line]:
        body = [Line((Span(row),)) for line in self._lines for row in wrap(foreign_line(line), cells)]
        title = Line((Span(foreign_line(self._title), Role.SELECTED),))
        return [title, Line(), *body, Line(), Line((Span("Esc closes this", Role.ATTENTION),))]
