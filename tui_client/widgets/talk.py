"""The open conversation on the right: keeps to its end unless somebody scrolled back, and to what is in view then.

Refuses to know receipts and pages. It scrolls by itself, not as Textual would: what is in view is kept by message, and
lines that come in above or below never move it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual import events
from textual.geometry import Region
from textual.message import Message as Note
from textual.strip import Strip

from tui_client.layout import Asides, Layout, Place
from tui_client.spans import Line
from tui_client.transcript import READABLE, Page, marked
from tui_client.view import View
from tui_client.widgets.sheet import Sheet

WHEEL = 3  # rows


class Talk(Sheet):
    """Messages, wrapped to the width of the widget."""

    DEFAULT_CSS = "Talk { overflow: hidden; scrollbar-size: 0 0; scrollbar-gutter: auto; }"

    class Moved(Note):
        """What is in view may have changed: new lines, a scroll, another size."""

    class Wants(Note):
        """The end of what is loaded is near; *older*: the upper one."""

        def __init__(self, older: bool) -> None:
            super().__init__()
            self.older = older

    class Clicked(Note):
        """Somebody clicked on this message."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.id = id

    def __init__(self, today: Callable[[], datetime], look: Callable[[bool], None], id: str) -> None:
        """*today*: the wall clock in the zone to show; *look*: is told when the newest line comes into view or leaves
        it by scrolling."""
        super().__init__(id=id)
        self._today, self._look = today, look
        self._layout = Layout()
        self._view: View | None = None
        self._top = 0
        self._place: Place | None = None

    # ---- what is shown

    def show_view(self, view: View) -> None:
        """Draw the open conversation. At its end it stays there; elsewhere the same lines stay in view."""
        before, self._view = self._view, view
        turned = before is None or before.open != view.open
        moved = self._lay_out() or turned or before is None or before.following != view.following
        if turned:
            self._place = None
        if moved:
            self._settle()
        if before is not None and before.selected != view.selected:
            self.refresh()
            self._reveal(view.selected)

    @property
    def drawn(self) -> Sequence[Line]:
        return self._layout

    def in_view(self) -> Sequence[Line]:
        return self._layout[self._top : self._top + self.size.height]

    def line_at(self, y: int) -> Line | None:
        row = self._top + y
        if not 0 <= row < len(self._layout):
            return None
        line = self._layout[row]
        return marked(line) if self._view and line.key and line.key == self._view.selected else line

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual keeps rows by their place, so that a line which comes in below makes all of them anew; here each is
        kept by what stands in it. There is nothing around them: neither border nor padding."""
        filters, (_, ground) = self.get_line_filters(), self.background_colors
        strips = [self.render_line(y) for y in crop.line_range]
        for filter in filters:
            strips = [strip.apply_filter(filter, ground) for strip in strips]
        left, right = crop.column_span
        return strips if (left, right) == (0, self.size.width) else [strip.crop(left, right) for strip in strips]

    def seen(self) -> list[str]:
        """The ids of the messages whose end is in view."""
        return [line.ends for line in self.in_view() if line.ends]

    def last_in_view(self) -> str:
        """The id of the newest message of which something is in view; "" for none."""
        return next((line.key for line in reversed(self.in_view()) if line.key), "")

    def first_in_view(self) -> int:
        """`seq` of the oldest message of which something is in view; 0 for none."""
        place = self._layout.place(self._top)
        return place.seq if place else 0

    # ---- scrolling

    def turn_to_top(self) -> None:
        """To the first line of all that is loaded."""
        self._go_to_row(0)

    def turn(self, pages: int) -> None:
        """Scroll by whole pages."""
        self.move(pages * max(1, self.size.height - 1))

    def move(self, rows: int) -> None:
        """Scroll by rows."""
        self._go_to_row(self._top + rows)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.move(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.move(WHEEL)

    def on_click(self, event: events.Click) -> None:
        line = self.line_at(event.y)
        if line is not None and line.key:
            self.post_message(self.Clicked(line.key))

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()
        self._settle()

    # ---- inside

    @property
    def _last_top(self) -> int:
        return max(0, len(self._layout) - self.size.height)

    def _lay_out(self) -> bool:
        if self._view is None:
            return False
        now = self._today()
        page = Page(min(self.size.width, READABLE), now.date(), now.tzinfo)
        return self._layout.lay(
            self._view.lines, page, Asides(self._view.fresh, self._view.happened.get(self._view.open, ()))
        )

    def _settle(self) -> None:
        """Find the row of what is in view again, after the rows have changed."""
        if self._view is None:
            return
        if self._view.following:
            self._show_from(self._last_top)
        elif self._place is not None:
            self._show_from(min(self._layout.row(self._place), self._last_top))
        else:
            self._show_from(min(self._top, self._last_top))

    def _go_to_row(self, row: int) -> None:
        if self._view is None:
            return
        top = max(0, min(row, self._last_top))
        self._place = self._layout.place(top)
        self._look(top == self._last_top and not self._view.newer)
        self._show_from(top)

    def _show_from(self, top: int) -> None:
        self._top = top
        self._place = self._layout.place(top)
        self.refresh()
        self._ask_for_more()
        self.post_message(self.Moved())

    def _reveal(self, id: str) -> None:
        """Bring a message into view; one that was far away into the middle."""
        span, height = self._layout.span(id), self.size.height
        if span is None or (self._top <= span[0] and span[1] <= self._top + height):
            return
        first, behind = span
        if behind <= self._top - height or first >= self._top + 2 * height:
            self._go_to_row(first - height // 3)
        else:
            self._go_to_row(first if first < self._top else behind - height)

    def _ask_for_more(self) -> None:
        """Before somebody comes to the end of what is loaded."""
        view, height = self._view, self.size.height
        if view is None or not height:
            return
        if view.older and self._top < height:
            self.post_message(self.Wants(older=True))
        if view.newer and self._top + 2 * height > len(self._layout):
            self.post_message(self.Wants(older=False))
