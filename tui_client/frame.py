"""What stands around a conversation, as lines for a width: its head, the remark above the input, the footer. Pure."""

from __future__ import annotations

from tui_client import words
from tui_client.commands import BY_NAME, hints
from tui_client.spans import Line, Role, Span, fit, foreign_line, width, wrap
from tui_client.view import View

HEAD_ROWS = 3  # of a long greeting; the rest is cut
REMARK_ROWS = 2


def head(view: View, now: float, cells: int) -> list[Line]:
    """Who it is, how I stand with them, and what can be done about it."""
    if not view.open:
        known = view.contacts or view.conversations
        how = f"{BY_NAME['next'].shown_key} opens one." if known else "/ask USER begins."
        return [Line((Span(row, Role.DIM),)) for row in wrap(f"No conversation is open. {how}", cells)]
    look = view.standing(view.open).look
    name = f"{look.mark} {foreign_line(view.title(view.open))}"
    first, *more = _rows(f"{name}  {foreign_line(words.standing(view, now))}", cells, HEAD_ROWS)
    lines = [Line((Span(first[: len(name)], Role.SELECTED), Span(first[len(name) :], look.role)))]
    lines += [Line((Span(row, look.role),)) for row in more]
    offers = hints((*look.offers, *(("retry", "discard") if view.refused() else ())))
    return [*lines, *([Line((Span(fit(offers, cells), Role.ATTENTION),))] if offers else [])]


def remark(view: View, cells: int) -> list[Line]:
    """The last thing that a person should know; nothing where there is none."""
    if not view.remark.text:
        return []
    mark, role = ("✗ ", Role.BAD) if view.remark.grave else ("· ", Role.ATTENTION)
    rows = _rows(mark + foreign_line(view.remark.text), cells, REMARK_ROWS)
    return [Line((Span(row, role),)) for row in rows]


def footer(view: View, now: float, cells: int) -> list[Line]:
    """The connection on the left; on the right, where there is room, what is new, who I am, the two keys to know."""
    unread = f"{view.unread()} new  " if view.unread() else ""
    keys = "  ".join(BY_NAME[name].hint for name in ("help", "quit"))
    link = words.connection(view, now)
    left = foreign_line(link.text)
    rights = (f"  {unread}{view.me}  {keys} ", f"  {unread}{view.me} ", "")
    right = next((each for each in rights if width(left) + width(each) < cells), "")
    return [Line((Span(" "), Span(fit(left, cells - 1 - width(right)), link.role), Span(right, Role.DIM)))]


def _rows(text: str, cells: int, most: int) -> list[str]:
    rows = wrap(text, cells)
    if len(rows) <= most:
        return list(rows)
    return [*rows[: most - 1], fit(f"{rows[most - 1]} {rows[most]}", cells)]
