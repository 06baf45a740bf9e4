"""A scrolling sheet of lines: the one place where spans meet Textual. Refuses to know what the lines mean.

Spans become segments directly, so no markup is ever read in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_client.spans import Line, Role, Span

KEPT = 500  # strips, several screens full
_BLANK = Line()


class Sheet(ScrollView, can_focus=False):
    """Lines of the given spans, cut at the width of the widget."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"role--{role}" for role in Role}
    DEFAULT_CSS = """
    Sheet { scrollbar-size: 0 1; scrollbar-gutter: stable; overflow: hidden auto; }
    """

    _drawn: Sequence[Line] = ()
    _base: Style | None = None

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: dict[Line, Strip] = {}
        self._strips_width = 0

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines from now on."""
        self._drawn = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()

    @property
    def cells(self) -> int:
        """The width to lay lines out for: what the scroll bar leaves."""
        return self.scrollable_content_region.width

    @property
    def drawn(self) -> Sequence[Line]:
        """The lines as they are."""
        return self._drawn

    def in_view(self) -> Sequence[Line]:
        """Those that are on the screen at this scroll position."""
        top = round(self.scroll_y)
        return self._drawn[top : top + self.size.height]

    def line_at(self, y: int) -> Line | None:
        """The line at a row of the widget."""
        row = round(self.scroll_y) + y
        return self._drawn[row] if 0 <= row < len(self._drawn) else None

    def notify_style_update(self) -> None:
        self._base = None
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """The same line gives the same strip: Textual keeps with it how it is cut and spelled for the terminal."""
        if self.size.width != self._strips_width or len(self._strips) > KEPT:
            self._strips, self._strips_width = {}, self.size.width
        line = self.line_at(y) or _BLANK
        strip = self._strips.get(line)
        if strip is None:
            strip = self._strips[line] = self._strip_of(line)
        return strip

    def _strip_of(self, line: Line) -> Strip:
        base = self._base = self._base or self.rich_style  # Textual puts it together anew at every question
        segments = [Segment(span.text, self._style(span, base)) for span in line.spans]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _style(self, span: Span, base: Style) -> Style:
        style = base + self.get_component_rich_style(f"role--{span.role}", partial=True)
        return style + Style(link=span.link) if span.link else style
