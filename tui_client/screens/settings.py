"""What a person prefers; each change holds at once and is kept. Refuses to know the choices (settings.py)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui_client.screens.board import Board
from tui_client.settings import setting_lines, setting_sentence, settings
from tui_client.spans import Line
from xasup.client.values import Preferences


class Settings(Board[None]):
    """*prefer*: keeps them, and lets them hold."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("right,l,space", "turn(1)", "next choice"),
        ("left,h", "turn(-1)", "choice before"),
    ]
    TITLE = "Settings"
    KEYS = "↑ ↓ move · ← → or Enter change · Esc close"

    def __init__(
        self, themes: Sequence[str], preferences: Preferences, prefer: Callable[[Preferences], Awaitable[None]]
    ) -> None:
        super().__init__()
        self._settings, self._preferences, self._prefer = settings(themes), preferences, prefer

    def spoken(self) -> Sequence[str]:
        how = f"You can type /settings {self._settings[0].typed} {self._settings[0].choices[1].typed}, and so on"
        return [*(setting_sentence(each, self._preferences) for each in self._settings), how]

    def lines(self, cells: int) -> Sequence[Line]:
        return setting_lines(self._settings, self._preferences, cells)

    async def choose(self, key: str) -> None:
        await self._turn(key, 1)

    def action_turn(self, by: int) -> None:
        self.work(self._turn(self.cursor, by))

    async def _turn(self, key: str, by: int) -> None:
        for setting in (each for each in self._settings if each.field == key):
            wanted = setting.turned(self._preferences, by)
            await self._prefer(wanted)
            self._preferences = wanted
            self.draw()
