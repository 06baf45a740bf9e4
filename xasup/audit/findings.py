"""What the audit looks for, as data: each check with its law in words, and how heavily a breach of it weighs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Weight(StrEnum):
    """Whether a finding fails the audit."""

    FAIL = "fail"
    STRICT = "strict"  # only where asked for: it may have an innocent reason
    NOTE = "note"  # never: what is known does not suffice to judge


class Check(StrEnum):
    """By the names that are printed."""

    HOLE = "hole"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"
    MISSING = "missing"
    DISPLACED = "displaced"
    UNFOUNDED = "unfounded-receipt"
    FOREIGN = "foreign-receipt"
    EARLY = "early-receipt"
    COUNTED_TWICE = "number-repeated"
    GAP = "number-gap"
    UNASKED = "never-accepted"
    REVOKED = "not-accepted-any-more"
    LATE = "came-after-the-end"
    UNREADABLE = "unreadable"
    DROPPED = "dropped"
    OUT_OF_REACH = "out-of-reach"
    UNCLEAR = "consent-unclear"


class Law(NamedTuple):
    """*says*: what holds where nothing is found."""

    weight: Weight
    says: str


LAWS: dict[Check, Law] = {
    Check.HOLE: Law(Weight.FAIL, "no records are gone but the oldest; where some are, nothing else is judged"),
    Check.REPEATED: Law(Weight.FAIL, "a message is in the log once, by sender and id"),
    Check.CONFLICTING: Law(Weight.FAIL, "an id has one content"),
    Check.MISSING: Law(Weight.FAIL, "what a device or history has as stored is in the log"),
    Check.DISPLACED: Law(Weight.FAIL, "what history keeps is in the log at the position that it names"),
    Check.UNFOUNDED: Law(Weight.FAIL, "a receipt is about a message of the log"),
    Check.FOREIGN: Law(Weight.FAIL, "a receipt is by the recipient"),
    Check.UNASKED: Law(Weight.FAIL, "nobody is written to who never accepted the sender"),
    Check.REVOKED: Law(Weight.FAIL, "what was written after consent had ended did not pass"),
    Check.DROPPED: Law(Weight.FAIL, "the broker has dropped nothing"),
    Check.COUNTED_TWICE: Law(
        Weight.STRICT, "a device gives each number once in a conversation; one whose file is older again may not"
    ),
    Check.GAP: Law(Weight.STRICT, "numbers have no gaps; a message that was refused or discarded leaves one"),
    Check.EARLY: Law(Weight.STRICT, "a receipt comes after its message, by the bridge's clock"),
    Check.LATE: Law(Weight.STRICT, "what came after consent had ended had waited; it does not say when it was written"),
    Check.UNREADABLE: Law(Weight.STRICT, "each record is what its stream holds"),
    Check.OUT_OF_REACH: Law(Weight.NOTE, "what is told of lies within what was read of the log"),
    Check.UNCLEAR: Law(Weight.NOTE, "the log tells whether the recipient had accepted the sender"),
}


class Finding(NamedTuple):
    """*who*: the id it is about, with its sender where it has one."""

    check: Check
    who: str
    detail: str = ""


@dataclass
class Findings:
    """Counts of all, and the first *most* of each check."""

    most: int
    counts: dict[Check, int] = field(default_factory=dict)
    shown: dict[Check, list[Finding]] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        check = finding.check
        self.counts[check] = self.counts.get(check, 0) + 1
        if self.counts[check] <= self.most:
            self.shown.setdefault(check, []).append(finding)

    def failed(self, strict: bool) -> int:
        """How many fail the audit."""
        weights = {Weight.FAIL, Weight.STRICT} if strict else {Weight.FAIL}
        return sum(count for check, count in self.counts.items() if LAWS[check].weight in weights)
