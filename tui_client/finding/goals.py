"""Everything one can go to or do, in one list that narrows as one types. Refuses to know widgets.

A sign before what is typed narrows it to one kind: `@` people, `#` groups, `>` commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tui_client.commands.command import Command
from tui_client.finding.fuzzy import Fit, Name, Typed, name
from tui_client.roster import FOLD, Entry, roster
from tui_client.spans import Line, Role, Span, fit, foreign_line, marked, width
from tui_client.view import View
from xasup.client.values import group_of
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import user_id

MOST = 100  # rows; nobody looks further than that
_NO_MARK = Span("  ")
_TITLE = 30  # cells of the longest title
_HELP = 10  # how much worse a word of the help is than one of the name


class Kind(StrEnum):
    """The value is the sign that asks for it alone."""

    PERSON = "@"
    GROUP = "#"
    COMMAND = ">"
    STRANGER = "+"  # somebody who is not in the list yet; asked for by no sign


@dataclass(frozen=True, slots=True)
class Goal:
    """*key*: the conversation, or the command's name; *title*, *aside*, *right*: harmless; *names*: what it can be
    found by, the best first; *order*: among those that fit alike, the smaller the sooner."""

    kind: Kind
    key: str
    title: str
    names: tuple[Name, ...]
    order: tuple[int, ...]
    aside: str = ""
    right: str = ""
    mark: Span = _NO_MARK


@dataclass(frozen=True, slots=True)
class Found:
    """*letters*: those of the title that were meant."""

    goal: Goal
    letters: frozenset[int] = frozenset()


def goals(view: View, commands: Sequence[Command]) -> tuple[Goal, ...]:
    """Of what is shown now. What is open comes after the other conversations: one is there already."""
    entries = roster(replace(view, filter="", unfolded=True))
    places = [_place(entry, entry.key == view.open) for entry in entries if entry.key != FOLD]
    return (*places, *(_command(command, at) for at, command in enumerate(commands)))


def find(goals: Iterable[Goal], typed: str) -> list[Found]:
    """The best first, at most MOST. Somebody who is in no list, but could be a user, comes last of all."""
    kind, text = _kind(typed)
    words = Typed(text)
    fitting = [
        (rank, goal.order, at, goal)
        for at, goal in enumerate(goals)
        if (kind is None or goal.kind is kind) and (rank := _rank(goal, words)) is not None
    ]
    best = [goal for *_, goal in sorted(fitting)[:MOST]]
    known = any(goal.kind is Kind.PERSON and goal.key == text for goal in best)
    strangers = [] if known or kind not in (None, Kind.PERSON) else _stranger(text)
    return [*(Found(goal, _letters(goal, words)) for goal in best), *map(Found, strangers)]


def goal_lines(found: Found, cells: int, current: bool) -> list[Line]:
    """One row: what it is, its name with the letters that were meant, what else there is to know of it."""
    goal = found.goal
    right = f" {goal.right}" if goal.right else ""
    room = cells - 4 - width(right)
    title = fit(goal.title, min(max(width(goal.title), 8), _TITLE, max(room, 0)))
    aside = fit(f"  {goal.aside}", room - width(title))
    role = Role.SELECTED if current else Role.PLAIN
    pointer = Span("▸ " if current else "  ", Role.SELECTED)
    letters = frozenset(at for at in found.letters if title[at : at + 1] == goal.title[at : at + 1])
    return [
        Line((pointer, goal.mark, *marked(title, letters, role), Span(aside, Role.DIM), Span(right, Role.ATTENTION)))
    ]


def _kind(typed: str) -> tuple[Kind | None, str]:
    text = typed.strip()
    for kind in (Kind.PERSON, Kind.GROUP, Kind.COMMAND):
        if text.startswith(kind):
            return kind, text[1:].strip()
    return None, text


def _rank(goal: Goal, words: Typed) -> int | None:
    for at, each in enumerate(goal.names):
        fits = words.fits(each)
        if fits is not None and (at == 0 or goal.kind is not Kind.COMMAND or fits < Fit.INITIALS):
            return fits + at * _HELP
    return None


def _letters(goal: Goal, words: Typed) -> frozenset[int]:
    by_title = words.fits(goal.names[0]) is not None
    return words.letters(goal.names[0]) if by_title else frozenset()


def _place(entry: Entry, current: bool) -> Goal:
    group = group_of(entry.key)
    title, look = foreign_line(entry.title), entry.standing.look
    names = (name(title),) if group is None or group == title else (name(title), name(group))
    order = (0, int(entry.archived), int(current), int(not entry.waits), -entry.last)
    kind = Kind.PERSON if group is None else Kind.GROUP
    return Goal(
        kind,
        entry.key,
        title,
        names,
        order,
        foreign_line(entry.preview),
        entry.count.strip(),
        Span(f"{look.mark} ", look.role),
    )


def _command(command: Command, at: int) -> Goal:
    names = (name(command.name), name(command.help))
    mark = Span("> ", Role.DIM)
    return Goal(Kind.COMMAND, command.name, command.slash[1:], names, (1, at), command.help, command.shown_key, mark)


def _stranger(text: str) -> list[Goal]:
    try:
        user = user_id(text)
    except Malformed:
        return []
    return [Goal(Kind.STRANGER, user, user, (), (), "is not in your list; ask them", mark=Span("+ ", Role.DIM))]
