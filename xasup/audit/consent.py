"""Whether a recipient had accepted a sender when a message was written or taken, as far as the decisions tell. Pure.

The log tells what was decided, not the policies of users: an ask may have opened a mailbox at once (`auto`), or not.
Refuses to know: groups, where decisions are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from xasup.audit.facts import Decision
from xasup.audit.findings import Check

GRACE = 60_000  # milliseconds: clocks differ, and a decision takes a moment to reach the broker
_END = 1 << 62


class Span(NamedTuple):
    """*sure*: it was accepted, not only asked for; milliseconds since the epoch."""

    start: int
    end: int
    sure: bool

    def covers(self, moment: int) -> bool:
        return self.start - GRACE <= moment < self.end + GRACE


@dataclass
class _Way:
    """Whether one may reach the other, over time."""

    spans: list[Span] = field(default_factory=list)

    @property
    def surely_open(self) -> bool:
        return bool(self.spans) and self.spans[-1].end == _END and self.spans[-1].sure

    def open(self, ts: int, sure: bool) -> None:
        if self.surely_open:
            return
        self.close(ts)
        self.spans.append(Span(ts, _END, sure))

    def close(self, ts: int) -> None:
        if self.spans and self.spans[-1].end == _END:
            self.spans[-1] = self.spans[-1]._replace(end=ts)


class Pair:
    """The decisions of two people about each other, in order. Memory: a span for each time that a way opened."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._ways: dict[tuple[str, str], _Way] = {}
        for decision in decisions:
            self._decide(decision)

    def judge(self, recipient: str, sender: str, taken: int, ts: int, complete: bool) -> Check | None:
        """What is wrong with a message, None: nothing. *taken*: when the bridge took it; *ts*: when its sender says to
        have written it, 0: it does not say. *complete*: these are all the decisions that there ever were."""
        spans = self._way(recipient, sender).spans
        covering = [span for span in spans if span.covers(taken) or (ts and span.covers(ts))]
        if any(span.sure for span in covering):
            return None
        if covering or not (complete or spans):
            return Check.UNCLEAR
        if not any(span.start - GRACE <= taken for span in spans):
            return Check.UNASKED if complete else Check.UNCLEAR
        return Check.REVOKED if ts else Check.LATE

    def _way(self, owner: str, actor: str) -> _Way:
        return self._ways.setdefault((owner, actor), _Way())

    def _decide(self, decision: Decision) -> None:
        what, me, other, ts = decision
        if what == "end":
            for way in self._ways.values():
                way.close(ts)
            return
        mine, theirs = self._way(me, other), self._way(other, me)
        match what:
            case "accept" | "approve":
                mine.open(ts, True)
                theirs.open(ts, True)
            case "allow":
                mine.open(ts, True)
            case "ask":  # opens both where the other had asked, or is open to all
                mine.open(ts, False)
                theirs.open(ts, False)
            case "revoke":
                mine.close(ts)
                theirs.close(ts)
            case "block":  # ends both where mine was open; a one-way edge of theirs stays
                if mine.surely_open:
                    theirs.close(ts)
                mine.close(ts)
            case "deny":
                mine.close(ts)
