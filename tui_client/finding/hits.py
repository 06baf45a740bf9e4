"""What a search found, as lines: who, where, when, and the part of the text that has the words. Pure.

Refuses to know how it was found: which letters to mark is read from the text once more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tui_client.finding.days import at
from tui_client.finding.fuzzy import fold
from tui_client.spans import Line, Role, Span, fit, foreign_line, marked, width
from tui_client.transcript import YOU
from tui_client.view import View
from xasup.client.values import Message

_LOOKED_AT = 4000  # letters of a text in which the words are looked for
_BEFORE = 20  # letters shown before the first word


@dataclass(frozen=True, slots=True)
class Quest:
    """*words*: as they were typed; *conversation*: the one to look in, None for all."""

    words: str = ""
    conversation: str | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """*more*: there may be older ones."""

    quest: Quest = Quest()
    lines: tuple[Message, ...] = ()
    more: bool = False

    def joined(self, lines: Sequence[Message], page: int) -> Hits:
        """With the page that follows."""
        return Hits(self.quest, (*self.lines, *lines), len(lines) == page)


def hit_lines(view: View, message: Message, quest: Quest, now: datetime, cells: int, current: bool) -> list[Line]:
    """Two rows: conversation, sender and day; then the text from where the words are."""
    pointer = Span("▸ " if current else "  ", Role.SELECTED)
    right = f" {at(message.ts, now)}"
    who = YOU if message.mine else foreign_line(message.sender)
    title = foreign_line(view.title(message.conversation))
    head = f"{title} · {who}" if message.mine or title != who else title
    role = Role.SELECTED if current else Role.PLAIN
    top = Line((pointer, Span(fit(head, cells - 2 - width(right)), role), Span(right, Role.DIM)))
    text = fit(excerpt(message.text, quest.words), cells - 2)
    return [top, Line((Span("  "), *marked(text, letters(text, quest.words))))]


def spoken(view: View, message: Message, now: datetime) -> str:
    """The same as a sentence; the text is not yet harmless."""
    who = YOU if message.mine else message.sender
    return f"{view.title(message.conversation)}, {who}, {at(message.ts, now)}: {message.text}"


def excerpt(text: str, words: str) -> str:
    """One harmless line that begins a little before the first of the words."""
    first = min(letters(text[:_LOOKED_AT], words), default=0)
    start = max(0, first - _BEFORE)
    return ("…" if start else "") + foreign_line(text[start : start + _LOOKED_AT].replace("\n", " "))


def letters(text: str, words: str) -> frozenset[int]:
    """Which letters belong to one of the words; of the last one the beginning is enough."""
    wanted = fold(words).split()
    if not wanted:
        return frozenset()
    begun = wanted[-1]
    return frozenset(
        at
        for word in re.finditer(r"[^ ]+", fold(text))
        if word[0] in wanted or word[0].startswith(begun)
        for at in range(*word.span())
    )
