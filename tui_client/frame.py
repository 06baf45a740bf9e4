"""What stands around a conversation, as lines for a width: its head, the remark above the input, the footer. Pure."""

from __future__ import annotations

from datetime import datetime

from tui_client import words
from tui_client.commands.table import BY_NAME, hint, hints
from tui_client.spans import Line, Role, Span, fit, foreign_line, width, wrap
from tui_client.view import View
from tui_client.window import find
from xasup.protocol.states import State

HEAD_ROWS = 3  # of a long greeting; the rest is cut
REMARK_ROWS = 2
KEYS = ("switch", "help", "quit")  # those that lead to all others


def head(view: View, now: float, cells: int) -> list[Line]:
    """Who it is, how I stand with them, and what can be done about it."""
    if not view.open:
        known = view.contacts or view.conversations
        how = f"{view.keys.one(BY_NAME['next']).shown_key or '/next'} opens one." if known else "/ask USER begins."
        return [Line((Span(row, Role.DIM),)) for row in wrap(f"No conversation is open. {how}", cells)]
    look = view.standing(view.open).look
    name = f"{look.mark} {foreign_line(view.title(view.open))}"
    first, *more = _rows(f"{name}  {foreign_line(words.standing(view, now))}", cells, HEAD_ROWS)
    lines = [Line((Span(first[: len(name)], Role.SELECTED), Span(first[len(name) :], look.role)))]
    lines += [Line((Span(row, look.role),)) for row in more]
    offers = hints((*look.offers, *(("retry", "discard") if view.refused() else ())), view.keys)
    return [*lines, *([Line((Span(fit(offers, cells), Role.ATTENTION),))] if offers else [])]


def remark(view: View, cells: int) -> list[Line]:
    """The last thing that a person should know; nothing where there is none."""
    if not view.remark.text:
        return []
    mark, role = ("✗ ", Role.BAD) if view.remark.grave else ("· ", Role.ATTENTION)
    rows = _rows(mark + foreign_line(view.remark.text), cells, REMARK_ROWS)
    return [Line((Span(row, role),)) for row in rows]


def below(view: View, cells: int) -> list[Line]:
    """What arrived while somebody looks at older lines."""
    if view.following or not (view.below or view.newer):
        return []
    what = f"{view.below} new below" if view.below else "newer lines below"
    return [Line((Span(fit(f"↓ {what} · End", cells), Role.ATTENTION),))]


def aim(view: View, cells: int) -> list[Line]:
    """What the text that is written replies to or replaces, or which keys act on the selected message."""
    if view.selected:
        return [Line((Span(fit(_at_message(view), cells), Role.ATTENTION),))]
    line = find(view.lines, view.reply or view.editing) if view.reply or view.editing else None
    if line is None:
        return []
    who = "you" if line.mine else foreign_line(line.sender)
    doing = f"↪ replying to {who}: " if view.reply else "✎ instead of: "
    leave = "  Esc drops this"
    text = fit(f"{doing}{foreign_line(line.text)}", cells - width(leave)).rstrip()
    return [Line((Span(text, Role.OTHER), Span(leave, Role.DIM)))]


def footer(view: View, now: float, cells: int, wall: datetime | None = None) -> list[Line]:
    """The connection on the left; on the right, where there is room, what is new, who I am, the keys to know. *wall*:
    what the clock says *now*."""
    waiting = f"{len(view.waiting())} asking  " if view.waiting() else ""
    unread = f"{waiting}{view.unread()} new  " if view.unread() else waiting
    all_keys, keys = ("  ".join(hint(name, view.keys) for name in names) for names in (KEYS, KEYS[1:]))
    link = words.connection(view, now, wall)
    left = foreign_line(link.text)
    rights = (f"  {unread}{view.me}  {all_keys} ", f"  {unread}{view.me}  {keys} ", f"  {unread}{view.me} ", "")
    right = next((each for each in rights if width(left) + width(each) < cells), "")
    return [Line((Span(" "), Span(fit(left, cells - 1 - width(right)), link.role), Span(right, Role.DIM)))]


def _at_message(view: View) -> str:
    line = view.chosen()
    names = (*(("edit", "retry", "discard") if line and line.state is State.REFUSED else ()), "reply", "copy", "info")
    keys = (view.keys.one(BY_NAME[name]) for name in names)
    return " · ".join([*(f"{each.at_message} {each.name}" for each in keys if each.at_message), "Esc back"])


def _rows(text: str, cells: int, most: int) -> list[str]:
    rows = wrap(text, cells)
    if len(rows) <= most:
        return list(rows)
    return [*rows[: most - 1], fit(f"{rows[most - 1]} {rows[most]}", cells)]
