"""What is drawn, as values: lines of spans, each span a text and its role. Refuses to know colours and toolkits.

Foreign text becomes a span only through `foreign` and `foreign_line`: no other function of this room makes it harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from unicodedata import category

from rich.cells import cell_len, chop_cells, set_cell_size

from xasup.protocol.inert import inert, one_line

# Terminals disagree about the width of what these join, tint or widen, and a line that is wider than we think spoils
# the next one. So they are left out: a family is drawn as its members, a tinted hand without its tint.
_UNSURE = dict.fromkeys([0x200D, 0xFE0E, 0xFE0F, 0x20E3, *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)])

MARKS = 6  # no script that people write has more on one letter


class Role(StrEnum):
    """What a span is, for the style sheet."""

    PLAIN = "plain"
    DIM = "dim"
    OWN = "own"
    OTHER = "other"
    TICK = "tick"
    GOOD = "good"
    BAD = "bad"
    ATTENTION = "attention"
    SELECTED = "selected"
    MARKED = "marked"  # what was looked for
    PAPER = "paper"  # black on white on every terminal


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one role. *link*: where it leads, in plain ASCII as `links` gives it; "" for nowhere."""

    text: str
    role: Role = Role.PLAIN
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """*key*: what this line belongs to; *ends*: the message that is wholly seen once this line is."""

    spans: tuple[Span, ...] = ()
    key: str = ""
    ends: str = ""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


def foreign(text: str) -> str:
    """Text of somebody else, made harmless; newlines stay, tabs become spaces."""
    return inert(_sparse(text.translate(_UNSURE))).expandtabs(4)


def foreign_line(text: str) -> str:
    """The same for one line: newlines and tabs are spelled."""
    return one_line(_sparse(text.translate(_UNSURE)))


def _sparse(text: str) -> str:
    """At most MARKS marks on a letter: thousands of them take no cell, and the screen a minute to cut them."""
    if text.isascii():
        return text
    kept, marks = list[str](), 0
    for char in text:
        marks = marks + 1 if category(char)[0] == "M" else 0
        if marks <= MARKS:
            kept.append(char)
    return "".join(kept)


def width(text: str) -> int:
    """Cells that *text* takes."""
    return cell_len(text)


def fit(text: str, cells: int) -> str:
    """*text* in exactly *cells* cells: padded, or cut with an ellipsis."""
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, cells - 1) + "…"


def marked(text: str, letters: Collection[int], role: Role = Role.PLAIN) -> tuple[Span, ...]:
    """*text* as spans in which these letters stand out."""
    runs = groupby(enumerate(text), lambda each: each[0] in letters)
    return tuple(Span("".join(letter for _, letter in run), Role.MARKED if found else role) for found, run in runs)


@lru_cache(maxsize=512)  # a text may have 64 KiB
def wrap(text: str, cells: int) -> tuple[str, ...]:
    """*text* in lines of at most *cells* cells, broken at spaces where there are any. At least one line."""
    return tuple(line for paragraph in text.split("\n") for line in _wrap(paragraph, max(cells, 2))) or ("",)


def _wrap(paragraph: str, cells: int) -> Iterable[str]:
    first, *words = paragraph.split(" ")
    *full, line = chop_cells(first, cells) or [""]
    yield from full
    for word in words:
        longer = f"{line} {word}"
        if cell_len(longer) <= cells:
            line = longer
            continue
        yield line
        *full, line = chop_cells(word, cells) or [""]
        yield from full
    yield line
