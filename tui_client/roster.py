"""The list on the left, as values: who is in it, in which order, and how each is drawn. Refuses to know widgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui_client import words
from tui_client.spans import Line, Role, Span, fit, foreign_line, width
from tui_client.standing import Standing
from tui_client.view import View
from xasup.client.values import group_key, group_of

ROOMY = 16  # rows of the list from which on an entry takes two


@dataclass(frozen=True, slots=True)
class Entry:
    """One conversation in the list; *last*: its place in time, 0 without messages."""

    key: str
    title: str
    standing: Standing
    preview: str = ""
    unread: int = 0
    last: int = 0


def roster(view: View) -> tuple[Entry, ...]:
    """Requests that wait for my answer, then conversations by their last line, then the rest by name."""
    return tuple(sorted((_entry(view, key) for key in _keys(view)), key=_order))


def next_key(entries: tuple[Entry, ...], current: str, step: int) -> str:
    """The conversation *step* places on, around the ends; "" in an empty list."""
    keys = [entry.key for entry in entries]
    if current not in keys:
        return keys[0 if step > 0 else -1] if keys else ""
    return keys[(keys.index(current) + step) % len(keys)]


def next_unread(entries: tuple[Entry, ...], current: str) -> str:
    """The next one with something new, after the current one and around; *current* where there is none."""
    keys = [entry.key for entry in entries]
    start = keys.index(current) + 1 if current in keys else 0
    turned = entries[start:] + entries[:start]
    return next((entry.key for entry in turned if entry.unread or entry.standing.waits_for_me), current)


def drawn(entries: tuple[Entry, ...], current: str, cells: int, rows: int) -> list[Line]:
    """The list in lines of *cells* cells, two for an entry where there is room in *rows*."""
    roomy = rows >= ROOMY
    return [line for entry in entries for line in _lines(entry, entry.key == current, cells, roomy)]


def _keys(view: View) -> set[str]:
    people = {user for user in view.contacts if view.standing(user) is not Standing.STRANGER}
    keys: Iterable[str] = (
        *people,
        *(group_key(group.group) for group in view.groups.values()),
        *view.conversations,
        view.open,
    )
    return {key for key in keys if key}


def _entry(view: View, key: str) -> Entry:
    conversation = view.conversations.get(key)
    last = conversation.last if conversation else None
    standing = view.standing(key)
    preview = words.preview(last, group_of(key) is not None)
    if standing.waits_for_me:
        preview = view.greeting(key) or standing.look.sentence
    elif not last and not standing.writable:
        preview = standing.look.sentence
    unread = conversation.unread if conversation else 0
    return Entry(key, view.title(key), standing, preview, unread, last.seq if last else 0)


def _order(entry: Entry) -> tuple[int, int, str]:
    return (0 if entry.standing.waits_for_me else 1, -entry.last, entry.key)


def _lines(entry: Entry, current: bool, cells: int, roomy: bool) -> Iterable[Line]:
    look = entry.standing.look
    pointer = Span("▸" if current else " ", Role.SELECTED)
    count = f" ({entry.unread})" if entry.unread else ""
    title = fit(foreign_line(entry.title), cells - 3 - width(count))
    role = Role.SELECTED if current else Role.ATTENTION if entry.unread else Role.PLAIN
    mark = Span(f"{look.mark} ", look.role)
    yield Line((pointer, mark, Span(title, role), Span(count, Role.ATTENTION)), entry.key)
    if roomy:
        yield Line((Span(fit("   " + foreign_line(entry.preview), cells), Role.DIM),), entry.key)
