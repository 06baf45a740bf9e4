"""The open conversation on the right: keeps to its end unless somebody scrolled back. Refuses to know receipts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual import events
from textual.message import Message as Note

from tui_client.transcript import Page, transcript
from tui_client.widgets.sheet import Sheet
from xasup.client.values import Message


class Talk(Sheet):
    """Messages, wrapped to the width of the widget."""

    class Moved(Note):
        """What is in view may have changed: new lines, a scroll, another size."""

    class WantsOlder(Note):
        """Somebody scrolled to the beginning of what is loaded."""

    def __init__(self, today: Callable[[], datetime], id: str) -> None:
        """*today*: the wall clock in the zone to show."""
        super().__init__(id=id)
        self._today = today
        self._messages: tuple[Message, ...] = ()
        self._key = ""

    def show_messages(self, key: str, messages: tuple[Message, ...]) -> None:
        """Draw *messages* of conversation *key*. At the end it stays there; elsewhere the same lines stay in view."""
        at_end = key != self._key or self.is_vertical_scroll_end
        below = len(self.drawn) - self.scroll_y
        prepended = bool(self._messages and messages) and messages[0].seq < self._messages[0].seq
        self._key, self._messages = key, messages
        self._lay_out()
        if at_end:
            self.scroll_end(animate=False, force=True, immediate=True)
        elif prepended:
            self.scroll_to(y=len(self.drawn) - below, animate=False, force=True, immediate=True)
        self.post_message(self.Moved())

    def turn(self, pages: int) -> None:
        """Scroll by whole pages; before the first line, ask for older ones."""
        if pages < 0 and self.scroll_y == 0:
            self.post_message(self.WantsOlder())
        self.scroll_relative(y=pages * max(1, self.size.height - 1), animate=False, force=True)

    def seen(self) -> list[str]:
        """The ids of the messages whose end is in view."""
        return [line.ends for line in self.in_view() if line.ends]

    def on_resize(self, event: events.Resize) -> None:
        at_end = self.is_vertical_scroll_end
        self._lay_out()
        if at_end:
            self.scroll_end(animate=False, force=True, immediate=True)
        self.post_message(self.Moved())

    def watch_scroll_y(self, old: float, new: float) -> None:
        super().watch_scroll_y(old, new)
        self.post_message(self.Moved())

    def _lay_out(self) -> None:
        now = self._today()
        page = Page(self.cells, now.date(), now.tzinfo)
        self.show(transcript(self._messages, page) if self._messages else [])
