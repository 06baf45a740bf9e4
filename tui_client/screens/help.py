"""All commands and marks. Refuses to know them: manual.py does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui_client import manual
from tui_client.commands.command import Command
from tui_client.screens.reading import Reading
from tui_client.spans import Line


class Help(Reading):
    """The key that shows it hides it too."""

    BINDINGS: ClassVar[list[BindingType]] = [("f1", "dismiss", "close")]
    SHEET = "help"

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = commands

    def spoken(self) -> Sequence[str]:
        return manual.spoken(self._commands)

    def lines(self, cells: int) -> Sequence[Line]:
        return manual.help_lines(self._commands, cells)
