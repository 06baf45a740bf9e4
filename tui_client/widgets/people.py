"""The list on the left. Refuses to know what turning to somebody means."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message

from tui_client.roster import Entry, drawn
from tui_client.widgets.sheet import Sheet


class People(Sheet):
    """Entries with their marks; a click turns to one."""

    @dataclass
    class Chosen(Message):
        """Somebody clicked on this conversation."""

        key: str

    _entries: tuple[Entry, ...] = ()
    _current = ""

    def show_entries(self, entries: tuple[Entry, ...], current: str) -> None:
        """Draw the list, the current entry in view."""
        self._entries, self._current = entries, current
        lines = drawn(entries, current, self.cells, self.size.height)
        self.show(lines)
        rows = [row for row, line in enumerate(lines) if line.key == current]
        if rows and not all(line in self.in_view() for line in (lines[rows[0]], lines[rows[-1]])):
            self.scroll_to(y=max(0, rows[0] - self.size.height // 2), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        self.show_entries(self._entries, self._current)

    def on_click(self, event: events.Click) -> None:
        line = self.line_at(event.y)
        if line is not None:
            self.post_message(self.Chosen(line.key))
