"""A window of a conversation as rows, laid out for a width: what did not change is not laid out again.

Refuses to know widgets and where one looks. A place in it is a message and a row of that message, since row numbers
move whenever lines come in above.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import overload

from tui_client.spans import Line
from tui_client.transcript import Page, Setting, column, rows
from tui_client.window import Lines
from xasup.client.moments import day_of
from xasup.client.values import Message

Happened = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Row number *row* of the message *seq*, or of what stands before it."""

    seq: int
    row: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """What a message was laid out to, and for what; *day*: of the message."""

    message: Message
    setting: Setting
    day: date | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Asides:
    """What stands between messages: *fresh*: the first `seq` that is new, 0 for none; *happened*: events, each after
    the line with its `seq`."""

    fresh: int = 0
    happened: Happened = ()


class Layout(Sequence[Line]):
    """Rows, from top to bottom. `laid` counts the messages that were laid out so far, for tests of speed."""

    def __init__(self) -> None:
        self._page, self._column = Page(0, date.min), 0
        self._blocks: list[Block] = []
        self._known: dict[int, Block] = {}
        self._starts: list[int] = [0]
        self._seqs: list[int] = []
        self._asked: tuple[object, ...] = ()
        self.laid = 0

    def lay(self, messages: Lines, page: Page, asides: Asides = Asides()) -> bool:
        """Hold these messages from now on. False where nothing is different."""
        asked = (messages, page, asides)
        if asked[0] is (self._asked[0] if self._asked else None) and asked[1:] == self._asked[1:]:
            return False
        self._asked = asked
        wide = column(messages)
        if (page, wide) != (self._page, self._column):
            self._page, self._column, self._known = page, wide, {}
        self._blocks = self._lay(messages, asides)
        self._known = {block.message.seq: block for block in self._blocks}
        self._starts = [0, *accumulate(len(block.lines) for block in self._blocks)]
        self._seqs = [block.message.seq for block in self._blocks]
        return True

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> list[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | list[Line]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        number = bisect_right(self._starts, at) - 1
        return self._blocks[number].lines[at - self._starts[number]]

    def place(self, row: int) -> Place | None:
        """What stands in this row; None outside."""
        if not 0 <= row < len(self):
            return None
        number = bisect_right(self._starts, row) - 1
        return Place(self._seqs[number], row - self._starts[number])

    def row(self, place: Place) -> int:
        """The inverse; for a message that is not here, where it would stand."""
        number = bisect_left(self._seqs, place.seq)
        if number == len(self._seqs):
            return len(self)
        height = len(self._blocks[number].lines)
        return self._starts[number] + (min(place.row, height - 1) if self._seqs[number] == place.seq else 0)

    def span(self, id: str) -> tuple[int, int] | None:
        """The rows of a message, first and behind the last."""
        number = next((number for number, block in enumerate(self._blocks) if block.message.id == id), None)
        return None if number is None else (self._starts[number], self._starts[number + 1])

    def _lay(self, messages: Lines, asides: Asides) -> list[Block]:
        day: date | None = None
        originals: dict[str, Message] = {message.id: message for message in messages}
        found, fresh = list[Block](), asides.fresh
        for number, message in enumerate(messages):
            new = bool(fresh) and message.seq >= fresh and not message.mine
            fresh = 0 if new else fresh
            told = _told(asides.happened, messages, number) if asides.happened else ()
            quoted = originals.get(message.re) if message.re else None
            block = self._known.get(message.seq)
            if block is None or block.message is not message or not block.setting.says(day, new, quoted, told):
                block = self._block(message, Setting(day, new, quoted, told))
            found.append(block)
            day = block.day or day
        return found

    def _block(self, message: Message, setting: Setting) -> Block:
        self.laid += 1
        lines = tuple(rows(message, setting, self._page, self._column))
        return Block(message, setting, day_of(message.ts, self._page.zone), lines)


def _told(happened: Happened, messages: Lines, number: int) -> tuple[str, ...]:
    """What is told behind the message with this number."""
    following = messages[number + 1].seq if number + 1 < len(messages) else None
    return tuple(text for seq, text in happened if _after(seq, number, messages[number].seq, following))


def _after(seq: int, number: int, this: int, following: int | None) -> bool:
    """Does what happened at *seq* stand behind the line *this*, which *following* follows?"""
    begun = seq >= this or number == 0
    return begun and (following is None or seq < following)
