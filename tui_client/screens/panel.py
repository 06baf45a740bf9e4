"""A panel over the conversation: a title, perhaps a field to type in, rows to choose from, what the keys do.

Refuses to know what is listed; each panel is a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui_client.screens.over import Over
from tui_client.spans import Line, Role, Span, wrap
from tui_client.widgets.bar import Bar
from tui_client.widgets.field import Field
from tui_client.widgets.listing import Draw, Listing

T = TypeVar("T")


class ViewChanged(Message, bubble=False):
    """What is shown beneath has changed: told to every panel that lies over it."""


class Panel(Over[T]):
    """Keys move through the rows, Enter or a click chooses, Escape leaves."""

    HINT: str | None = None  # in the empty field; None: no field

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel"):
            yield Bar(id="title")
            if self.HINT is not None:
                yield Field(self.press, self.begun(), self.HINT)
            yield Listing(id="rows")
            yield Bar(id="keys")

    def on_mount(self) -> None:
        self.query_one("#title", Bar).say(self.title_lines)
        self.query_one("#keys", Bar).say(self.key_lines)
        self.call_after_refresh(self.began)

    # ---- what each panel says for itself

    def begun(self) -> str:
        """What stands in the field at first."""
        return ""

    def began(self) -> None:
        """It is on the screen."""

    def typed(self, text: str) -> None:
        """The field holds another text."""

    def choose(self, row: int) -> None:
        """This row was chosen."""

    def title_lines(self, cells: int) -> Sequence[Line]:
        return ()

    def key_lines(self, cells: int) -> Sequence[Line]:
        return ()

    async def press(self, key: str) -> bool:
        """Do what *key* means here; False where it means nothing."""
        move = self._moves.get(key)
        if move is not None:
            move()
        elif key == "enter":
            self.choose(self.listing.current)
        elif key == "escape":
            self.dismiss(None)
        return move is not None or key in ("enter", "escape")

    # ---- for those who are one

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    def show_rows(self, rows: Sequence[Draw], current: int = 0) -> None:
        """The rows are these from now on."""
        self.listing.show_rows(rows, current)
        self.moved()

    def moved(self) -> None:
        """Another row is the current one; what the keys do may have changed with it."""
        self.query_one("#title", Bar).say(self.title_lines)
        self.query_one("#keys", Bar).say(self.key_lines)

    # ---- what Textual tells

    async def on_key(self, event: events.Key) -> None:
        if self.HINT is None and await self.press(event.key):
            event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.typed(event.value)

    def on_listing_picked(self, event: Listing.Picked) -> None:
        self.choose(event.row)

    @property
    def _moves(self) -> dict[str, Callable[[], None]]:
        return {
            "up": lambda: self._move(-1),
            "down": lambda: self._move(1),
            "pageup": lambda: self._page(-1),
            "pagedown": lambda: self._page(1),
        }

    def _move(self, by: int) -> None:
        self.listing.move(by)
        self.moved()

    def _page(self, pages: int) -> None:
        self.listing.page(pages)
        self.moved()


def said(text: str, cells: int, role: Role = Role.DIM) -> list[Line]:
    """A sentence as lines."""
    return [Line((Span(row, role),)) for row in wrap(text, cells)]
