"""What a revocation cuts off: who wrote what when, how it ended, who heard it; held against the answer. Pure.

All times are seconds of one clock in one process. What was handed over after the answer may not pass; what had its
PUBACK before the request must have passed. What was on its way meanwhile may pass or not: on another connection than
the request's the broker may read it later. Refuses to know: connections.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xasup.chaos.verdict import LOST, UNSETTLED, UNWANTED

PASSED, SHUT, UNANSWERED = "accepted after the answer", "refused while allowed", "answer missing"
ACCEPTED, REFUSED = "accepted", "refused"  # how a message ended, as its PUBACK said


@dataclass(slots=True)
class Sent:
    """*at*: when it was handed over; *fate*: one of the two above, another sentence, or empty: no PUBACK came; *ended*:
    when that was read."""

    text: str
    at: float
    fate: str = ""
    ended: float = math.inf


class Hearer(NamedTuple):
    """Somebody who listens to a flow; *barred*: nothing of what was handed over after the answer may reach them."""

    name: str
    barred: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """What one author wrote on one topic. *barred*: after the answer the author may not; then no hearer may hear."""

    name: str
    barred: bool
    hearers: Sequence[Hearer]
    sent: list[Sent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ending:
    """One revocation. *asked*, *answered*: when the request went out, and when its answer was read; None: it never
    was."""

    what: str
    asked: float
    answered: float | None
    flows: Sequence[Flow]


class Wave(NamedTuple):
    """Messages by where they stand to the request and its answer."""

    before: Sequence[Sent]
    after: Sequence[Sent]


def waves(ending: Ending, flow: Flow) -> Wave:
    """What was on its way between the two is in neither."""
    end = ending.answered
    return Wave(
        [it for it in flow.sent if it.ended < ending.asked],
        [it for it in flow.sent if end is not None and it.at >= end],
    )


def judge(endings: Sequence[Ending], heard: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """What is wrong, by kind. *heard*: by hearer, the texts that reached them, up to the end of the run."""
    flows = [(ending, flow) for ending in endings for flow in ending.flows]
    return {
        UNWANTED: [it for ending, flow in flows for it in _leaked(ending, flow, heard)],
        PASSED: [it for ending, flow in flows for it in _passed(ending, flow)],
        SHUT: [it for ending, flow in flows for it in _shut(ending, flow)],
        LOST: [it for _, flow in flows for it in _lost(flow, heard)],
        UNSETTLED: [f"{it.text}: {it.fate or 'no PUBACK'}" for _, flow in flows for it in flow.sent if _open(it)],
        UNANSWERED: [ending.what for ending in endings if ending.answered is None],
    }


def _leaked(ending: Ending, flow: Flow, heard: Mapping[str, Collection[str]]) -> Iterator[str]:
    for name, barred in flow.hearers:
        if barred or flow.barred:
            for it in waves(ending, flow).after:
                if it.text in heard[name]:
                    yield f"{it.text} at {name}, written {_ms(it, ending)} ms after the answer"
        yield from (
            f"{it.text} at {name}, refused" for it in flow.sent if it.fate == REFUSED and it.text in heard[name]
        )


def _passed(ending: Ending, flow: Flow) -> Iterator[str]:
    if flow.barred:
        for it in waves(ending, flow).after:
            if it.fate == ACCEPTED:
                yield f"{it.text}, written {_ms(it, ending)} ms after the answer"


def _shut(ending: Ending, flow: Flow) -> Iterator[str]:
    allowed = waves(ending, flow).before if flow.barred else flow.sent
    return (it.text for it in allowed if it.fate == REFUSED)


def _lost(flow: Flow, heard: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Of a hearer who is put out of a group nothing is demanded: the broker looks again at each delivery, and what they
    missed of the time before comes from history."""
    for name, barred in flow.hearers:
        if not barred:
            yield from (
                f"{it.text} at {name}" for it in flow.sent if it.fate == ACCEPTED and it.text not in heard[name]
            )


def _open(it: Sent) -> bool:
    return it.fate not in (ACCEPTED, REFUSED)


def _ms(it: Sent, ending: Ending) -> str:
    return f"{(it.at - (ending.answered or it.at)) * 1000:.1f}"
