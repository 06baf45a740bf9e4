"""The help screen and the tables of the manual, both made of the table of commands and the tables of marks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui_client.commands.command import Command
from tui_client.consent import Decision, sentence
from tui_client.keys import shown
from tui_client.roster import TRAITS
from tui_client.spans import Line, Role, Span, fit, width, wrap
from tui_client.standing import Standing
from tui_client.ticks import TICKS

_INTRO = (
    "Enter sends what stands in the input line. A command can be given by its key, or typed with a slash; "
    "[…] may be left out where a conversation is open. To send a text that begins with a slash, type two."
)


def help_lines(commands: Sequence[Command], cells: int) -> list[Line]:
    """The whole help, wrapped."""
    return list(_help(commands, cells))


def spoken(commands: Sequence[Command]) -> list[str]:
    """The help for the plain mode: a line for each command."""
    told = [f"{command.slash}: {command.help}" for command in commands]
    return ["A line is sent when you press Enter. A line that begins with a slash is a command:", *told]


def command_rows(commands: Sequence[Command]) -> list[list[str]]:
    """For the manual: key, key while a message is selected, slash form, what it does."""
    return [
        [each.shown_key, shown(each.at_message), f"`{each.slash}`".replace("|", "\\|"), each.help] for each in commands
    ]


def tick_rows() -> list[list[str]]:
    """For the manual: mark, meaning."""
    return [[tick.mark, tick.meaning] for tick in TICKS.values()]


def mark_rows() -> list[list[str]]:
    """For the manual: mark in the list, meaning."""
    return [[mark, meaning] for mark, meaning in _marks()]


def consent_rows() -> list[list[str]]:
    """For the manual: command, about whom, what they get to know, how it is taken back."""
    fates = [decision.fate for decision in Decision]
    return [[f"`/{fate.command}`", fate.whom, fate.learns, fate.undo] for fate in fates]


def _help(commands: Sequence[Command], cells: int) -> Iterator[Line]:
    yield from (Line((Span(row),)) for row in wrap(_INTRO, cells))
    longest = max(len(command.shown_key) for command in commands)
    keys = [(f"{command.shown_key:<{longest}}  {command.slash}", command.help) for command in commands]
    yield from _section("Commands", keys, cells)
    held = [(shown(command.at_message), command.help) for command in commands if command.at_message]
    yield from _section("At a selected message", held, cells)
    yield from _section("Marks of your messages", [(tick.mark, tick.meaning) for tick in TICKS.values()], cells)
    yield from _section("Marks in the list", _marks(), cells)
    learns = [
        (f"{fate.command}, {fate.whom}", f"{sentence(fate.learns)} {sentence(fate.undo)}")
        for fate in (decision.fate for decision in Decision)
    ]
    yield from _section("What the other gets to know, and undo", learns, cells)
    yield from (Line(), Line((Span("Esc closes this help", Role.ATTENTION),)))


def _marks() -> list[tuple[str, str]]:
    return [*((standing.look.mark, standing.look.sentence) for standing in Standing), *TRAITS.items()]


def _section(title: str, rows: list[tuple[str, str]], cells: int) -> Iterator[Line]:
    yield Line()
    yield Line((Span(title, Role.SELECTED),))
    column = max(width(left) for left, _ in rows) + 2
    for left, right in rows:
        first, *more = wrap(right, max(10, cells - column))
        yield Line((Span(fit(left, column), Role.ATTENTION), Span(first)))
        yield from (Line((Span(" " * column + row),)) for row in more)
