"""Takes a connect string and has it checked. What was given is never shown again: the field is emptied at once.

Refuses to know what is wrong with it and how accounts are kept: the doorman does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from tui_client.doorman import Doorman, Verdict, tidied
from tui_client.screens.over import Over
from tui_client.spans import Line, Role, Span, foreign_line, wrap
from tui_client.widgets.bar import Bar

_WHAT = (
    "You come in with a connect string: one secret line, xasup://…, that names you, this device and the server.\n"
    "An administrator makes it: xasup devices create …\n"
    "Or a device of yours does: /devices, Link a device"
)
_HOW = "Paste it here, or what a QR code says, or the path of a file that holds it:"
ROOMY = 20  # rows, from which on there is room for all
_KEYS = "Enter go in · Esc leave"


class Welcome(Over[str]):
    """The key of the account that was opened; nothing where the person left."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss", "leave")]

    def __init__(self, doorman: Doorman) -> None:
        super().__init__()
        self._doorman, self._opened = doorman, ""

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome") as frame:
            frame.border_title = "Welcome to XasUp"
            yield Bar(id="what")
            yield Bar(id="how")
            yield SecretInput(id="given")
            yield Bar(id="verdict")
            yield Bar(id="welcome-keys")

    def on_mount(self) -> None:
        self.query_one("#what", Bar).say(lambda cells: [*_rows(_WHAT, cells), Line()])
        self.query_one("#how", Bar).say(lambda cells: _rows(_HOW, cells))
        self.query_one("#welcome-keys", Bar).say(lambda cells: _rows(_KEYS, cells, Role.ATTENTION))
        self.query_one(SecretInput).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.take(event.value)

    def take(self, text: str) -> None:
        """Have it checked, once at a time; nothing of it stays on the screen."""
        self.query_one(SecretInput).clear()
        if self._opened:
            self.dismiss(self._opened)
        elif text.strip():
            self.run_worker(self._check(tidied(text)), group="check", exclusive=True)

    async def _check(self, text: str) -> None:
        self._say(lambda cells: _rows("· checking …", cells, Role.ATTENTION))
        verdict = await self._doorman.check(text)
        self._opened = verdict.account
        if verdict.wrong:
            self._say(lambda cells: _verdict(verdict, cells))
        else:
            self.dismiss(verdict.account)

    def _say(self, make: Callable[[int], list[Line]]) -> None:
        """In a small window in the place of the explanation, which has been read."""
        self.query_one("#what", Bar).display = self.app.size.height >= ROOMY
        self.query_one("#verdict", Bar).say(make)


class SecretInput(Input):
    """Hides what may hold a token, and hands it over as soon as it was pasted."""

    def __init__(self, id: str) -> None:
        super().__init__(compact=True, id=id)
        self.cursor_blink = False  # as in the composer

    def watch_value(self, value: str) -> None:
        self.password = "://" in value

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        screen = self.screen
        if "://" in event.text and isinstance(screen, Welcome):
            screen.take(event.text)
        else:
            self.insert_text_at_cursor(foreign_line(event.text.strip()))


def _verdict(verdict: Verdict, cells: int) -> list[Line]:
    wrong = foreign_line(verdict.wrong)
    if verdict.account:
        return _rows(f"· {wrong}. Enter goes on.", cells, Role.ATTENTION)
    return _rows(f"✗ {wrong}.", cells, Role.BAD)


def _rows(text: str, cells: int, role: Role = Role.PLAIN) -> list[Line]:
    return [Line((Span(row, role),)) for row in wrap(text, cells)]
