"""How well what was typed fits a name, and which letters of the name say so. Refuses to know what the names are of.

Nothing here searches backwards: a name of any length is read once for each word that was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache


class Fit(IntEnum):
    """The smaller the better."""

    WHOLE = 0
    BEGINNING = 1
    WORD = 2  # a later word begins so
    INITIALS = 3
    INSIDE = 4
    SCATTERED = 5


@dataclass(frozen=True, slots=True)
class Name:
    """A text made ready to be compared: *folded* has one letter for each of the text's; *starts*: where words begin."""

    folded: str
    initials: str
    starts: tuple[int, ...]


def name(text: str) -> Name:
    """Without case, accents and punctuation."""
    folded = fold(text)
    starts = tuple(at for at, letter in enumerate(folded) if letter != " " and (at == 0 or folded[at - 1] == " "))
    return Name(folded, "".join(folded[at] for at in starts), starts)


def fold(text: str) -> str:
    """As many letters as *text* has: lower, plain, spaces for what is neither letter nor digit."""
    return "".join(map(_plain, text))


class Typed:
    """What was typed, made ready to be compared with many names. Each of its words must fit."""

    def __init__(self, text: str) -> None:
        self.words = fold(text).split()
        self._scattered = [re.compile("".join(f"[^{each}]*{each}" for each in word)) for word in self.words]

    def fits(self, name: Name) -> Fit | None:
        """The fit of the word that fits worst; None where one does not fit. No words fit everything."""
        worst = Fit.WHOLE
        for word, scattered in zip(self.words, self._scattered, strict=True):
            if scattered.match(name.folded) is None:
                return None
            worst = max(worst, _fit(word, name))
        return worst

    def letters(self, name: Name) -> frozenset[int]:
        """Which letters of a name that fits were meant."""
        return frozenset(at for word in self.words for at in _letters(word, name))


def _fit(word: str, name: Name) -> Fit:
    folded = name.folded
    if folded.startswith(word):
        return Fit.WHOLE if len(word) == len(folded) else Fit.BEGINNING
    if f" {word}" in folded:
        return Fit.WORD
    if word in name.initials:
        return Fit.INITIALS
    return Fit.INSIDE if word in folded else Fit.SCATTERED


def _letters(word: str, name: Name) -> Iterable[int]:
    match _fit(word, name):
        case Fit.WHOLE | Fit.BEGINNING:
            return range(len(word))
        case Fit.WORD:
            at = name.folded.index(f" {word}") + 1
            return range(at, at + len(word))
        case Fit.INITIALS:
            first = name.initials.index(word)
            return name.starts[first : first + len(word)]
        case Fit.INSIDE:
            at = name.folded.index(word)
            return range(at, at + len(word))
        case Fit.SCATTERED:
            return _one_after_the_other(word, name.folded)


def _one_after_the_other(word: str, folded: str) -> Iterable[int]:
    at = -1
    for letter in word:
        at = folded.index(letter, at + 1)
        yield at


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter).casefold()[:1]
    return plain if plain.isalnum() else " "
