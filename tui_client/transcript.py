"""A conversation as lines to draw, for a width: day separators, names, wrapped texts, ticks. Refuses to know widgets.

My own lines are told from others' by the word `you` and the mark `›`, so colour is not needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from tui_client import words
from tui_client.links import pieces
from tui_client.spans import Line, Role, Span, fit, foreign, foreign_line, width, wrap
from tui_client.ticks import TICKS
from xasup.client.moments import in_words, moment
from xasup.client.values import Message
from xasup.protocol.states import State

NAME = 12  # cells of the longest name
CLOCK = 6  # cells of the time
READABLE = 110  # cells; wider terminals leave the rest of a row free
YOU = "you"


@dataclass(frozen=True, slots=True)
class Page:
    """What a transcript is laid out for. *zone*: None for the machine's own; *today*: in that zone."""

    cells: int
    today: date
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rows of a message depend on beside itself. *day*: of the line before; *new*: the first that is new;
    *quoted*: what it replies to, if that is loaded; *happened*: what is told behind it."""

    day: date | None = None
    new: bool = False
    quoted: Message | None = None
    happened: tuple[str, ...] = ()

    def says(self, day: date | None, new: bool, quoted: Message | None, happened: tuple[str, ...]) -> bool:
        """Is it made of these? Asked of every message at every change, so nothing is made for it."""
        return self.day == day and self.new == new and self.quoted == quoted and self.happened == happened


def column(messages: Iterable[Message]) -> int:
    """Cells for names."""
    senders = {YOU if message.mine else message.sender for message in messages}
    names = map(foreign_line, senders)
    return min(max((width(name) for name in names), default=0), NAME)


def rows(message: Message, setting: Setting, page: Page, names: int) -> Iterator[Line]:
    """What stands before a message, the message wrapped to the page, what is told behind it."""
    at = moment(message.ts, page.zone)
    if at is not None and at.date() != setting.day:
        yield _separator(_day(at.date(), page.today), page, Role.DIM)
    if setting.new:
        yield _separator("new", page, Role.ATTENTION)
    yield from _message(message, at, page, names, setting.quoted)
    for text in setting.happened:
        yield from (Line((Span(f"  · {row}", Role.DIM),)) for row in wrap(foreign_line(text), page.cells - 4))


def marked(line: Line) -> Line:
    """The same row of a message that is selected: visible without colour, and as wide."""
    clock, *rest = line.spans
    spans = (Span(clock.text[: CLOCK - 1], clock.role), Span("▌", Role.SELECTED), Span(clock.text[CLOCK:], clock.role))
    body = tuple(Span(span.text, Role.SELECTED, span.link) if span.role is Role.PLAIN else span for span in rest)
    return Line((*spans, *body), line.key, line.ends)


def _day(day: date, today: date) -> str:
    names = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return names.get(day) or in_words(day)


def _separator(text: str, page: Page, role: Role) -> Line:
    return Line((Span(f" {text} ".center(page.cells, "─")[: page.cells], role),))


def _message(message: Message, at: datetime | None, page: Page, names: int, quoted: Message | None) -> Iterator[Line]:
    clock = f"{at:%H:%M} " if at else "--:-- "
    gutter = "› " if message.mine else "  "
    role = Role.OWN if message.mine else Role.OTHER
    body = page.cells - len(clock) - names - 1 - len(gutter)
    head = (Span(clock, Role.DIM), Span(fit(_name(message), names) + " ", role), Span(gutter, role))
    blank = (Span(" " * (len(clock) + names + 1)), Span(gutter, role))
    content = [*_quote(message, body, quoted), *_body(message, body)]
    for number, spans in enumerate(content):
        ends = message.id if number == len(content) - 1 else ""
        yield Line((*(blank if number else head), *spans), message.id, ends)


def _quote(message: Message, cells: int, original: Message | None) -> Iterator[tuple[Span, ...]]:
    if message.re is None:
        return
    text = f"{_name(original)}: {foreign_line(original.text)}" if original else "an earlier message"
    yield (Span(fit(f"↪ {text}", cells).rstrip(), Role.DIM),)


def _body(message: Message, cells: int) -> Iterator[tuple[Span, ...]]:
    *lines, last = wrap(foreign(message.text), cells)
    yield from (_linked(line) for line in lines)
    if not message.mine:
        yield _linked(last)
        if message.reason:
            yield from (
                (Span(line, Role.DIM),) for line in wrap(f"(as it came: {foreign_line(message.reason)})", cells)
            )
        return
    tick = TICKS[message.state]
    if message.state is State.REFUSED:
        yield _linked(last)
        why = foreign_line(words.reason(message.reason))
        yield from ((Span(line, tick.role),) for line in wrap(f"{tick.mark} not sent: {why}", cells))
    elif width(last) + 2 + width(tick.mark) <= cells:
        yield (*_linked(last), Span("  "), Span(tick.mark, tick.role))
    else:
        yield _linked(last)
        yield (Span(tick.mark, tick.role),)


def _linked(row: str) -> tuple[Span, ...]:
    """A row whose links can be opened, where the terminal knows how; one that is broken over rows cannot."""
    return tuple(Span(text, link=link) for text, link in pieces(row))


def _name(message: Message) -> str:
    return YOU if message.mine else foreign_line(message.sender)
