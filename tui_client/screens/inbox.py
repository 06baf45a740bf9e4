"""All that is unread, in one list; one is taken to where reading stopped. Refuses to know how that is found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from tui_client.finding.inbox import Unread, first, unread_lines
from tui_client.screens.panel import Panel, said
from tui_client.spans import Line, Role


class Inbox(Panel[Unread]):
    """Its result is what was chosen."""

    def __init__(self, found: Sequence[Unread], now: datetime, waiting: str) -> None:
        """*waiting*: a sentence about requests, "" for none."""
        super().__init__()
        self._found, self._now, self._waiting = tuple(found), now, waiting

    def spoken(self) -> Sequence[str]:
        lines = [f"{each.title} ({each.count}): {first(each)}" for each in self._found]
        return [*(lines or ["nothing is unread"]), *([self._waiting] if self._waiting else [])]

    def began(self) -> None:
        self.show_rows([partial(unread_lines, each, self._now) for each in self._found])

    def choose(self, row: int) -> None:
        if self._found:
            self.dismiss(self._found[row])

    def title_lines(self, cells: int) -> Sequence[Line]:
        lines = sum(each.count for each in self._found)
        places = len(self._found)
        return said(f"Unread: {lines} in {places} conversation{'' if places == 1 else 's'}", cells, Role.SELECTED)

    def key_lines(self, cells: int) -> Sequence[Line]:
        empty = "" if self._found else "You have read everything. "
        waiting = said(self._waiting, cells, Role.ATTENTION) if self._waiting else []
        return [*waiting, *said(f"{empty}Enter goes to where you stopped · Esc leaves", cells)]
