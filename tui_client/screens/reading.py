"""A sheet to read, over the conversation. Refuses to know what stands on it: whoever builds on it gives the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui_client.screens.over import Over
from tui_client.spans import Line
from tui_client.widgets.sheet import Sheet


class Reading(Over[None]):
    """Scrolls where the terminal is small; a key closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,enter", "dismiss", "close"),
        ("down,pagedown,space", "scroll(1)", "forward"),
        ("up,pageup", "scroll(-1)", "back"),
    ]
    SHEET = ""  # its name in the style sheet

    def lines(self, cells: int) -> Sequence[Line]:
        """What is to be read, for a width."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Sheet(id=self.SHEET)

    def on_mount(self) -> None:
        self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        sheet = self.query_one(Sheet)
        sheet.show(self.lines(sheet.cells))

    def action_scroll(self, pages: int) -> None:
        sheet = self.query_one(Sheet)
        sheet.scroll_relative(y=pages * max(1, sheet.size.height // 2), animate=False, force=True)
