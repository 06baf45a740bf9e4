"""What our Textual applications have in common: style, themes, colours or none, and a crash that shows no values."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import TypeVar

from rich.text import Text
from textual.app import App

from tui_client.style import CSS as STYLE
from tui_client.themes import OURS, USUAL_THEME

T = TypeVar("T")


class Frontage(App[T]):
    """*on_crash* is given the traceback of a bug, for a log."""

    CSS = STYLE
    ENABLE_COMMAND_PALETTE = False
    TITLE = "XasUp"

    def __init__(self, colour: bool, on_crash: Callable[[str], None]) -> None:
        """*colour*: False where the environment has NO_COLOR. Textual sees that too, but takes colours away entirely
        only while they are the terminal's own."""
        super().__init__(ansi_color=None if colour else True)
        self._on_crash = on_crash
        for theme in OURS:
            self.register_theme(theme)
        self.theme = USUAL_THEME

    def _fatal_error(self) -> None:
        """Textual's own shows the local variables of every frame, and one of them could be a token."""
        text = "".join(traceback.format_exception(*sys.exc_info()))
        self._on_crash(text)
        self.panic(Text(text))
