"""All that is unread: each conversation with the line where reading stopped. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tui_client.finding.days import at
from tui_client.spans import Line, Role, Span, fit, foreign_line, width
from tui_client.transcript import YOU
from tui_client.view import View
from xasup.client.values import Conversation, Message

MOST = 200  # conversations


@dataclass(frozen=True, slots=True)
class Unread:
    """*line*: the first one not read; None where the conversation is only marked."""

    key: str
    title: str
    count: int
    line: Message | None = None


def unread(view: View) -> list[Conversation]:
    """Those with something new, or marked as unread: the newest first, muted ones last."""
    found = [each for each in view.conversations.values() if each.unread or each.traits.marked]
    return sorted(found, key=lambda each: (each.traits.muted, -(each.last.seq if each.last else 0)))[:MOST]


def unread_lines(unread: Unread, now: datetime, cells: int, current: bool) -> list[Line]:
    """Two rows: which conversation and how much; then the line where reading stopped."""
    right = f" {at(unread.line.ts, now)}" if unread.line else ""
    count = f" ({unread.count})" if unread.count else " (marked)"
    pointer = Span("▸ " if current else "  ", Role.SELECTED)
    role = Role.SELECTED if current else Role.PLAIN
    title = foreign_line(unread.title)
    room = cells - 2 - width(count) - width(right)
    title = fit(title, min(width(title), room))
    rest = Span(" " * (room - width(title)) + right, Role.DIM)
    top = Line((pointer, Span(title, role), Span(count, Role.ATTENTION), rest))
    return [top, Line((Span(fit(f"  {foreign_line(first(unread))}", cells), Role.DIM),))]


def first(unread: Unread) -> str:
    """What stands there; not yet harmless."""
    if unread.line is None:
        return "marked as unread"
    return f"{YOU if unread.line.mine else unread.line.sender}: {unread.line.text[:1000]}"
