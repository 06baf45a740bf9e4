"""A conversation as lines to draw, for a width: day separators, names, wrapped texts, ticks. Refuses to know widgets.

My own lines are told from others' by the word `you` and the mark `›`, so colour is not needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from tui_client import words
from tui_client.spans import Line, Role, Span, fit, foreign, foreign_line, width, wrap
from tui_client.ticks import TICKS
from xasup.client.values import Message
from xasup.protocol.states import State

NAME = 12  # cells of the longest name
YOU = "you"


@dataclass(frozen=True, slots=True)
class Page:
    """What a transcript is laid out for. *zone*: None for the machine's own; *today*: in that zone."""

    cells: int
    today: date
    zone: tzinfo | None = None


def transcript(messages: tuple[Message, ...], page: Page) -> list[Line]:
    """Every message, oldest first, wrapped to the page."""
    column = max((width(_name(message)) for message in messages), default=0)
    known: dict[str, Message] = {message.id: message for message in messages}
    return list(_lines(messages, page, min(column, NAME), known))


def when(ts: int, zone: tzinfo | None) -> datetime | None:
    """A sender's time stamp; None for one beyond the calendar."""
    try:
        return datetime.fromtimestamp(ts / 1000, zone)
    except (ValueError, OverflowError, OSError):
        return None


def _lines(messages: Iterable[Message], page: Page, column: int, known: Mapping[str, Message]) -> Iterator[Line]:
    day: date | None = None
    for message in messages:
        at = when(message.ts, page.zone)
        if at is not None and at.date() != day:
            day = at.date()
            yield _separator(day, page)
        yield from _message(message, at, page, column, known)


def _separator(day: date, page: Page) -> Line:
    names = {page.today: "Today", page.today - timedelta(days=1): "Yesterday"}
    text = f" {names.get(day) or f'{day:%A} {day.day} {day:%B} {day.year}'} "
    return Line((Span(text.center(page.cells, "─")[: page.cells], Role.DIM),))


def _message(
    message: Message, at: datetime | None, page: Page, column: int, known: Mapping[str, Message]
) -> Iterator[Line]:
    clock = f"{at:%H:%M} " if at else "--:-- "
    gutter = "› " if message.mine else "  "
    role = Role.OWN if message.mine else Role.OTHER
    body = page.cells - len(clock) - column - 1 - len(gutter)
    head = (Span(clock, Role.DIM), Span(fit(_name(message), column) + " ", role), Span(gutter, role))
    blank = (Span(" " * (len(clock) + column + 1)), Span(gutter, role))
    content = [*_quote(message, body, known), *_body(message, body)]
    for number, spans in enumerate(content):
        ends = message.id if number == len(content) - 1 else ""
        yield Line((*(blank if number else head), *spans), message.id, ends)


def _quote(message: Message, cells: int, known: Mapping[str, Message]) -> Iterator[tuple[Span, ...]]:
    if message.re is None:
        return
    original = known.get(message.re)
    text = f"{_name(original)}: {foreign_line(original.text)}" if original else "an earlier message"
    yield (Span(fit(f"↪ {text}", cells).rstrip(), Role.DIM),)


def _body(message: Message, cells: int) -> Iterator[tuple[Span, ...]]:
    *lines, last = wrap(foreign(message.text), cells)
    yield from ((Span(line),) for line in lines)
    if not message.mine:
        yield (Span(last),)
        if message.reason:
            yield from (
                (Span(line, Role.DIM),) for line in wrap(f"(as it came: {foreign_line(message.reason)})", cells)
            )
        return
    tick = TICKS[message.state]
    if message.state is State.REFUSED:
        yield (Span(last),)
        why = foreign_line(words.reason(message.reason))
        yield from ((Span(line, tick.role),) for line in wrap(f"{tick.mark} not sent: {why}", cells))
    elif width(last) + 2 + width(tick.mark) <= cells:
        yield (Span(f"{last}  "), Span(tick.mark, tick.role))
    else:
        yield (Span(last),)
        yield (Span(tick.mark, tick.role),)


def _name(message: Message) -> str:
    return YOU if message.mine else foreign_line(message.sender)
