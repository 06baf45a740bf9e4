"""A question that is answered with yes or no. Drawn without markup."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui_client.screens.over import Over
from tui_client.spans import Line, Role, Span, foreign_line, wrap
from tui_client.widgets.bar import Bar


class Question(Over[bool]):
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
