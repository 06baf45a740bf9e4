"""A list from which some are taken. Refuses to know what they are and what for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui_client.screens.board import Board
from tui_client.spans import Line, Role, Span, foreign_line


class Pick(Board[tuple[str, ...]]):
    """Those that were marked; the one at the cursor where none was."""

    BINDINGS: ClassVar[list[BindingType]] = [("space", "mark", "mark")]
    KEYS = "Space mark · Enter take · Esc none"

    def __init__(self, title: str, names: Sequence[str]) -> None:
        super().__init__()
        self._title, self._names = title, tuple(names)
        self._marked: set[str] = set()

    def lines(self, cells: int) -> Sequence[Line]:
        rows = [Line((Span(f"[{'x' if name in self._marked else ' '}] {name}"),), name) for name in self._names]
        return [Line((Span(foreign_line(self._title), Role.DIM),)), Line(), *rows]

    def action_mark(self) -> None:
        self._marked ^= {self.cursor} - {""}
        self.draw()

    async def choose(self, key: str) -> None:
        marked = self._marked or {key} - {""}
        self.dismiss(tuple(name for name in self._names if name in marked))
