"""A list of the themes; the one at the cursor is worn by everything that is shown. Esc gives the old one back."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.screens.board import Board
from tui_client.settings import ordered
from tui_client.spans import Line, Role, Span

_SAMPLE = (
    ("you › ", Role.OWN),
    ("bob ", Role.OTHER),
    ("✓✓ ", Role.TICK),
    ("● ", Role.GOOD),
    ("✗ ", Role.BAD),
    ("(2) ", Role.ATTENTION),
    ("18:00", Role.DIM),
)


class Themes(Board[str]):
    """The name of the one that was chosen."""

    TITLE = "Themes"
    KEYS = "↑ ↓ try · Enter keep · Esc as it was"

    def __init__(self, worn: str) -> None:
        """*worn*: the name of the one that everything wears now."""
        super().__init__()
        self._before = self.cursor = worn

    def lines(self, cells: int) -> Sequence[Line]:
        return [
            Line((Span(f"{name:<24}"), *(Span(text, role) for text, role in _SAMPLE)), name)
            for name in ordered(list(self.app.available_themes))
        ]

    def draw(self) -> None:
        super().draw()
        if self.cursor and self.app.theme != self.cursor:
            self.app.theme = self.cursor

    async def choose(self, key: str) -> None:
        self.dismiss(key)

    async def action_dismiss(self, result: str | None = None) -> None:
        self.app.theme = self._before
        self.dismiss(None)
