"""What lies over the conversation for a moment: a question, and the help. Both are drawn without markup."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from tui_client.manual import help_lines
from tui_client.spans import Line, Role, Span, foreign_line, wrap
from tui_client.widgets.bar import Bar
from tui_client.widgets.sheet import Sheet


class Question(ModalScreen[bool]):
    """Enter or `y` is yes, Escape or `n` is no."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,y", "answer(True)", "yes"), ("escape,n", "answer(False)", "no")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        yield Bar(id="question")

    def on_mount(self) -> None:
        self.query_one(Bar).say(self._lines)

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)

    def _lines(self, cells: int) -> list[Line]:
        rows = wrap(foreign_line(self._question), cells)
        return [*(Line((Span(row),)) for row in rows), Line(), Line((Span("Enter yes · Esc no", Role.ATTENTION),))]


class Help(ModalScreen[None]):
    """All commands and marks; scrolls where the terminal is small."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,f1,q,enter", "dismiss", "close"),
        ("down,pagedown,space", "scroll(1)", "forward"),
        ("up,pageup", "scroll(-1)", "back"),
    ]

    def compose(self) -> ComposeResult:
        yield Sheet(id="help")

    def on_mount(self) -> None:
        self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        sheet = self.query_one(Sheet)
        sheet.show(help_lines(sheet.cells))

    def action_scroll(self, pages: int) -> None:
        sheet = self.query_one(Sheet)
        sheet.scroll_relative(y=pages * max(1, sheet.size.height // 2), animate=False, force=True)
