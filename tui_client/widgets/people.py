"""The list on the left. Refuses to know what turning to somebody means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from textual import events
from textual.message import Message

from tui_client.roster import Entry, Rows
from tui_client.widgets.sheet import Sheet


class People(Sheet):
    """Entries with their marks; a click turns to one."""

    @dataclass
    class Chosen(Message):
        """Somebody clicked on this conversation."""

        key: str

    def __init__(self, now: Callable[[], datetime], id: str) -> None:
        """*now*: the wall clock in the zone to show."""
        super().__init__(id=id)
        self._now = now
        self._entries: tuple[Entry, ...] = ()
        self._current = ""
        self._rows = Rows((), "", 0, 0, now())

    def show_entries(self, entries: tuple[Entry, ...], current: str) -> None:
        """Draw the list; the current entry comes into view when it becomes the current one or moves."""
        if entries is self._entries and current == self._current:
            return
        turned = current != self._current
        self._entries, self._current = entries, current
        rows = self._made()
        if len(rows) != len(self._rows):
            self._show(rows)
        else:
            self._replace(rows)
        if turned:
            self._reveal(rows, current)

    def on_resize(self, event: events.Resize) -> None:
        self._show(self._made())
        self._reveal(self._rows, self._current)

    def on_click(self, event: events.Click) -> None:
        line = self.line_at(event.y)
        if line is not None:
            self.post_message(self.Chosen(line.key))

    def _made(self) -> Rows:
        return Rows(self._entries, self._current, self.cells, self.size.height, self._now())

    def _show(self, rows: Rows) -> None:
        self._rows = rows
        self.show(rows)

    def _replace(self, rows: Rows) -> None:
        """As many lines as before: only those that differ are drawn."""
        before, self._drawn, self._rows = self._rows, rows, rows
        top = round(self.scroll_y)
        for row in rows.differing(before, range(top, min(top + self.size.height, len(rows)))):
            self.refresh_line(row)

    def _reveal(self, rows: Rows, key: str) -> None:
        row, top, height = rows.row(key), round(self.scroll_y), self.size.height
        if row is not None and not top <= row <= top + height - rows.each:
            self.scroll_to(y=max(0, row - height // 2), animate=False)
