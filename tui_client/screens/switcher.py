"""Go to anybody, any group, or do anything, by a few letters. Refuses to know how they are found (finding/goals.py)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tui_client.commands.command import Command
from tui_client.finding.goals import Found, Goal, find, goal_lines, goals
from tui_client.screens.panel import Panel, said
from tui_client.spans import Line, Role
from tui_client.view import View
from tui_client.widgets.field import Field


class Switcher(Panel[Goal]):
    """Its result is the goal that was chosen."""

    HINT = "a name, or @person  #group  >command"

    def __init__(self, view: View, commands: Sequence[Command], begun: str = "") -> None:
        super().__init__()
        self._goals, self._begun = goals(view, commands), begun
        self._found: list[Found] = []

    def begun(self) -> str:
        return self._begun

    def began(self) -> None:
        self.typed(self._begun)

    def typed(self, text: str) -> None:
        self._found = find(self._goals, text)
        self.show_rows([partial(goal_lines, found) for found in self._found])

    def choose(self, row: int) -> None:
        """Of what fits the field as it is now: letters may have come after the rows were drawn."""
        found = find(self._goals, self.query_one(Field).value)
        if found == self._found and found:
            self.dismiss(found[row].goal)
        elif found:
            self.dismiss(found[0].goal)

    def title_lines(self, cells: int) -> Sequence[Line]:
        return said("Go to, or do", cells, Role.SELECTED)

    def key_lines(self, cells: int) -> Sequence[Line]:
        if not self._found:
            return said("Nothing is called so. Esc leaves.", cells)
        return said("Enter goes there or does it · ↑ ↓ move · Esc leaves", cells)
