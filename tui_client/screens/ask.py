"""Asks for one line of text. Refuses to know what for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui_client.screens.over import Over
from tui_client.spans import Line, Role, Span, foreign_line, wrap
from tui_client.widgets.bar import Bar


class Ask(Over[str]):
    """Enter gives the text, Escape nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss", "never mind")]

    def __init__(self, prompt: str, value: str = "") -> None:
        """*value*: what stands there already."""
        super().__init__()
        self._prompt, self._value = prompt, value

    def compose(self) -> ComposeResult:
        with Vertical(id="ask"):
            yield Bar(id="prompt")
            answer = Input(foreign_line(self._value), compact=True, select_on_focus=False, id="answer")
            answer.cursor_blink = False  # as in the composer
            yield answer
            yield Bar(id="ask-keys")

    def on_mount(self) -> None:
        self.query_one("#prompt", Bar).say(
            lambda cells: [Line((Span(row),)) for row in wrap(foreign_line(self._prompt), cells)]
        )
        self.query_one("#ask-keys", Bar).say(
            lambda cells: [Line((Span("Enter go on · Esc never mind", Role.ATTENTION),))]
        )
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)
