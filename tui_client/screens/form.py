"""A few blanks to fill in, for a command that was given without what it takes. Refuses to know what they are for.

What each blank may hold is said as one types; Enter goes on to the next blank, and from the last one is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical

from tui_client.screens.over import Over
from tui_client.screens.panel import said
from tui_client.spans import Line, Role, foreign_line
from tui_client.widgets.bar import Bar
from tui_client.widgets.field import Field
from xasup.protocol.errors import Malformed


@dataclass(frozen=True, slots=True)
class Blank:
    """*label*: above it; *check*: a sentence about what stands there, raises Malformed where it will not do; *value*:
    to begin with."""

    label: str
    check: Callable[[str], str]
    value: str = ""


class Form(Over[tuple[str, ...]]):
    """Its result is what stands in the blanks, without spaces at their ends."""

    def __init__(self, title: str, blanks: Sequence[Blank], note: str = "", typed: str = "") -> None:
        """*note*: what one should know before; *typed*: how the same is given in one line, where there is no screen."""
        super().__init__()
        self._title, self._blanks, self._note, self._typed = title, tuple(blanks), note, typed

    def spoken(self) -> Sequence[str]:
        return [text for text in (self._note, f"say {self._typed}") if text]

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Bar(id="title")
            for number, blank in enumerate(self._blanks):
                yield Bar(id=f"label{number}")
                yield Field(self._press, blank.value, id=f"field{number}")
            yield Bar(id="note")

    def on_mount(self) -> None:
        self.query_one("#title", Bar).say(lambda cells: said(self._title, cells, Role.SELECTED))
        for number in range(len(self._blanks)):
            self._say_label(number)
        self.query_one("#note", Bar).say(self._notes)
        self._fields[0].focus()

    def on_input_changed(self) -> None:
        for number in range(len(self._blanks)):
            self._say_label(number)

    # ---- inside

    @property
    def _fields(self) -> list[Field]:
        return list(self.query(Field))

    async def _press(self, key: str) -> bool:
        match key:
            case "escape":
                self.dismiss(None)
            case "enter":
                self._enter()
            case "tab" | "down":
                self._turn(1)
            case "shift+tab" | "up":
                self._turn(-1)
            case _:
                return False
        return True

    def _enter(self) -> None:
        at = self._at
        if not self._fits(at):
            return
        if at + 1 < len(self._blanks):
            self._turn(1)
        elif all(self._fits(number) for number in range(len(self._blanks))):
            self.dismiss(tuple(field.value.strip() for field in self._fields))

    @property
    def _at(self) -> int:
        return next((number for number, field in enumerate(self._fields) if field.has_focus), 0)

    def _turn(self, by: int) -> None:
        self._fields[(self._at + by) % len(self._blanks)].focus()

    def _fits(self, number: int) -> bool:
        try:
            self._blanks[number].check(self._fields[number].value.strip())
        except Malformed:
            return False
        return True

    def _say_label(self, number: int) -> None:
        self.query_one(f"#label{number}", Bar).say(lambda cells: self._label(number, cells))

    def _label(self, number: int, cells: int) -> list[Line]:
        blank, text = self._blanks[number], self._fields[number].value.strip()
        try:
            about, role = blank.check(text), Role.DIM
        except Malformed as error:
            about, role = foreign_line(str(error)) if text else "", Role.BAD
        return said(f"{blank.label}{f': {about}' if about else ''}", cells, role)

    def _notes(self, cells: int) -> list[Line]:
        note = said(self._note, cells) if self._note else []
        return [*note, *said("Enter goes on · Esc leaves", cells, Role.ATTENTION)]
