"""The Textual application around the screen: style, colours or none, and a crash that shows no values.

Refuses to know who made the engine. The caller enters the engine, runs the app, and leaves the engine.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from rich.text import Text
from textual.app import App

from tui_client.clocks import Clocks
from tui_client.engine import Engine
from tui_client.screen import ChatScreen
from tui_client.style import CSS as STYLE

_REAL = Clocks()


class ChatApp(App[None]):
    """One person's conversations. *on_crash* is given the traceback of a bug, for a log."""

    CSS = STYLE
    ENABLE_COMMAND_PALETTE = False
    TITLE = "XasUp"

    def __init__(
        self,
        engine: Engine,
        clocks: Clocks = _REAL,
        colour: bool = True,
        on_crash: Callable[[str], None] = lambda text: None,
    ) -> None:
        """*colour*: False where the environment has NO_COLOR. Textual sees that too, but takes colours away entirely
        only while they are the terminal's own."""
        super().__init__(ansi_color=None if colour else True)
        self.engine, self._clocks, self._on_crash = engine, clocks, on_crash

    def get_default_screen(self) -> ChatScreen:
        return ChatScreen(self.engine, self._clocks)

    def _fatal_error(self) -> None:
        """Textual's own shows the local variables of every frame, and one of them could be a token."""
        text = "".join(traceback.format_exception(*sys.exc_info()))
        self._on_crash(text)
        self.panic(Text(text))
