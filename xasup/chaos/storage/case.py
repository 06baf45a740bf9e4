"""One case of the act: which part, what is done to its file, and what was seen then. Pure.

Refuses to know: how a part is stopped, who talks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xasup.chaos.storage.damage import Kind, Place


class Case(NamedTuple):
    """*word*: a flip hits text that people wrote, or names; not just any byte."""

    part: str
    kind: Kind
    place: Place
    word: bool = False

    def __str__(self) -> str:
        where = "in what people wrote" if self.word else f"in the {self.place}"
        return f"{self.part}: {self.kind}" + ("" if self.kind is Kind.FULL else f" {where}")


@dataclass
class Seen:
    """*damage*: in words; *said*: what a part said about it, "" for nothing; *refused*: the sentence of what did not
    start; *wrong*: by kind, offending sentences."""

    damage: str = ""
    said: str = ""
    refused: str = ""
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        if any(self.wrong.values()):
            return "WRONG: " + ", ".join(kind for kind, found in self.wrong.items() if found)
        if self.refused:
            return "refused, clearly"
        return "healed, and said so" if self.said else "nothing was lost, and nothing had to be said"


FILES = ("directory", "device", "device's WAL", "history", "sessions", "redis")
KAFKA = ("kafka",)
DISKS = ("directory", "device", "history", "redis", "sessions")
KAFKAS_DISKS = ("kafka", "zookeeper")


def cases(log: str, short: bool, dice: random.Random) -> Sequence[Case]:
    """In the order in which they are played; with the log in Kafka, what belongs to it comes first."""
    if short:
        found = [
            Case("directory", Kind.FLIP, Place.HEAD),
            Case("directory", Kind.FLIP, Place.MIDDLE, word=True),
            Case("device", Kind.FLIP, Place.MIDDLE, word=True),
            Case("device's WAL", Kind.CUT, Place.MIDDLE),
            Case("history", Kind.FLIP, Place.MIDDLE, word=True),
            Case("sessions", Kind.FLIP, Place.MIDDLE, word=True),
            Case("redis", Kind.FLIP, Place.MIDDLE, word=True),
            Case("history", Kind.CUT, Place.MIDDLE),
        ]
        return dice.sample(found, len(found))
    first = _all_of(KAFKA, dice) if log == "kafka" else []
    disks = [*DISKS, *KAFKAS_DISKS] if log == "kafka" else DISKS
    return [*first, *_all_of(FILES, dice), *(Case(part, Kind.FULL, Place.TAIL) for part in disks)]


def _all_of(parts: Sequence[str], dice: random.Random) -> Sequence[Case]:
    found = [Case(part, kind, place) for part in parts for kind in (Kind.FLIP, Kind.CUT) for place in Place]
    found += [Case(part, Kind.FLIP, Place.MIDDLE, word=True) for part in parts]
    return dice.sample(found, len(found))


def line(case: Case, seen: Seen) -> str:
    """The case in one line."""
    happened = seen.refused or seen.said or "it serves"
    return f"{case.part} | {seen.damage or case.kind} | {happened} | {seen.verdict}"


def merged(found: Sequence[tuple[Case, Seen]]) -> Mapping[str, list[str]]:
    """What is wrong, of all cases, by kind."""
    wrong: dict[str, list[str]] = {}
    for case, seen in found:
        for kind, sentences in seen.wrong.items():
            wrong.setdefault(kind, []).extend(f"{case}, {seen.damage}: {sentence}" for sentence in sentences)
    return wrong
