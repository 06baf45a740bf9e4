"""A scrolling sheet of lines: the one place where spans meet Textual. Refuses to know what the lines mean.

Spans become segments directly, so no markup is ever read in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_client.spans import Line, Role


class Sheet(ScrollView, can_focus=False):
    """Lines of the given spans, cut at the width of the widget."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"role--{role}" for role in Role}
    DEFAULT_CSS = """
    Sheet { scrollbar-size: 0 1; scrollbar-gutter: stable; overflow: hidden auto; }
    """

    _drawn: Sequence[Line] = ()

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

    def render_line(self, y: int) -> Strip:
        line = self.line_at(y)
        base = self.rich_style
        if line is None:
            return Strip.blank(self.size.width, base)
        segments = [
            Segment(span.text, base + self.get_component_rich_style(f"role--{span.role}", partial=True))
            for span in line.spans
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)
