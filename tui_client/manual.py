"""The help screen and the tables of the manual, both made of the table of commands and the tables of marks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tui_client.commands import COMMANDS
from tui_client.spans import Line, Role, Span, fit, width, wrap
from tui_client.standing import Standing
from tui_client.ticks import TICKS

_INTRO = (
    "Enter sends what stands in the input line. A command can be given by its key, or typed with a slash; "
    "[…] may be left out where a conversation is open. To send a text that begins with a slash, type two."
)


def help_lines(cells: int) -> list[Line]:
    """The whole help, wrapped."""
    return list(_help(cells))


def command_rows() -> list[list[str]]:
    """For the manual: key, slash form, what it does."""
    return [[command.shown_key, f"`{command.slash}`", command.help] for command in COMMANDS]


def tick_rows() -> list[list[str]]:
    """For the manual: mark, meaning."""
    return [[tick.mark, tick.meaning] for tick in TICKS.values()]


def mark_rows() -> list[list[str]]:
    """For the manual: mark in the list, meaning."""
    return [[standing.look.mark, standing.look.sentence] for standing in Standing]


def _help(cells: int) -> Iterator[Line]:
    yield from (Line((Span(row),)) for row in wrap(_INTRO, cells))
    keys = [(f"{command.shown_key:<7}{command.slash}", command.help) for command in COMMANDS]
    yield from _section("Commands", keys, cells)
    yield from _section("Marks of your messages", [(tick.mark, tick.meaning) for tick in TICKS.values()], cells)
    marks = [(standing.look.mark, standing.look.sentence) for standing in Standing]
    yield from _section("Marks in the list", marks, cells)
    yield from (Line(), Line((Span("Esc closes this help", Role.ATTENTION),)))


def _section(title: str, rows: list[tuple[str, str]], cells: int) -> Iterator[Line]:
    yield Line()
    yield Line((Span(title, Role.SELECTED),))
    column = max(width(left) for left, _ in rows) + 2
    for left, right in rows:
        first, *more = wrap(right, max(10, cells - column))
        yield Line((Span(fit(left, column), Role.ATTENTION), Span(first)))
        yield from (Line((Span(" " * column + row),)) for row in more)
