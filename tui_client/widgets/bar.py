"""A few rows that are as high as what they say: the head of a conversation, the remark above the input, the footer.

Refuses to know the words: they come as a function from a width to lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events

from tui_client.spans import Line
from tui_client.widgets.sheet import Sheet


class Bar(Sheet):
    """Not shown at all while it has nothing to say."""

    DEFAULT_CSS = "Bar { height: 1; overflow: hidden; scrollbar-gutter: auto; }"

    _made: Callable[[int], Sequence[Line]] | None = None

    def say(self, make: Callable[[int], Sequence[Line]]) -> None:
        """Show what *make* makes of the width, now and after each resize."""
        self._made = make
        self._lay_out()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        if self._made is None:
            return
        lines = self._made(self.cells or self.app.size.width)
        if lines == self.drawn and self.display == bool(lines):
            return
        self.display = bool(lines)
        self.styles.height = len(lines) + self.gutter.height
        self.show(lines)
