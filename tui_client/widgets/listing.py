"""Rows, one of which is the current one: moved through by keys, chosen by a click. Refuses to know what is in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from textual import events
from textual.message import Message

from tui_client.spans import Line
from tui_client.widgets.sheet import Sheet

Draw = Callable[[int, bool], Sequence[Line]]  # a row's lines, for a width, and whether it is the current one


class Listing(Sheet):
    """*current* is a number of a row; 0 where there is none."""

    @dataclass
    class Picked(Message):
        """Somebody clicked on this row."""

        row: int

    current = 0
    _rows: Sequence[Draw] = ()
    _tops: Sequence[int] = ()

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._blocks: list[Sequence[Line]] = []

    def show_rows(self, rows: Sequence[Draw], current: int = 0) -> None:
        """Draw these from now on."""
        self._rows, self._blocks = rows, [()] * len(rows)
        self.current = max(0, min(current, len(rows) - 1))
        self._draw(range(len(rows)))

    def move(self, by: int) -> None:
        """The current row moves, not further than the ends."""
        self._go(self.current + by)

    def page(self, pages: int) -> None:
        """By what is in view."""
        each = max(1, len(self.drawn) // max(1, len(self._rows)))
        self.move(pages * max(1, self.size.height // each - 1))

    @property
    def at_end(self) -> bool:
        return self.current >= len(self._rows) - 1

    def on_resize(self, event: events.Resize) -> None:
        self._draw(range(len(self._rows)))

    def on_click(self, event: events.Click) -> None:
        y = round(self.scroll_y) + event.y
        if y < len(self.drawn):
            self.post_message(self.Picked(bisect_right(self._tops, y) - 1))

    def _go(self, row: int) -> None:
        before, self.current = self.current, max(0, min(row, len(self._rows) - 1))
        self._draw({before, self.current})

    def _draw(self, rows: Iterable[int]) -> None:
        """These rows anew; the others are as they were."""
        cells = self.cells or self.app.size.width
        for number in rows:
            if number < len(self._rows):
                self._blocks[number] = self._rows[number](cells, number == self.current)
        self._tops = list(accumulate(map(len, self._blocks), initial=0))
        self.show([line for block in self._blocks for line in block])
        if self._blocks:
            self._keep_in_view(self._tops[self.current], self._tops[self.current + 1])

    def _keep_in_view(self, top: int, bottom: int) -> None:
        height = max(1, self.size.height)
        if top < self.scroll_y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)
        elif bottom > self.scroll_y + height:
            self.scroll_to(y=min(top, bottom - height), animate=False, force=True, immediate=True)
