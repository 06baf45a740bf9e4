"""The check of a revocation: a good one passes, and each way to get past it is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xasup.chaos import cutoff, verdict
from xasup.chaos.cutoff import ACCEPTED, REFUSED, Ending, Flow, Hearer, Sent, judge

ASKED, ANSWERED = 10.0, 10.005


class Case:
    """alice writes to bob; to the group bob, who is put out, and carol. All of it goes well, until a test meddles."""

    def __init__(self) -> None:
        self.direct = Flow("to-bob", True, (Hearer("bob", barred=False),), self.sent("d", REFUSED))
        self.of_bob = Flow("of-bob", True, (Hearer("alice", barred=False),), self.sent("b", REFUSED))
        self.of_carol = Flow(
            "of-carol", False, (Hearer("alice", barred=False), Hearer("bob", barred=True)), self.sent("c", ACCEPTED)
        )
        self.answered: float | None = ANSWERED
        self.heard = {"bob": {"d0", "d1", "c0"}, "alice": {"b0", "b1", "c0", "c1", "c2"}}

    @staticmethod
    def sent(name: str, last: str) -> list[Sent]:
        times = zip((9.9, 10.002, ANSWERED), (ACCEPTED, ACCEPTED, last), strict=True)
        return [Sent(f"{name}{number}", at, fate, at + 0.004) for number, (at, fate) in enumerate(times)]

    def wrong(self) -> dict[str, list[str]]:
        endings = [Ending("revoked", ASKED, self.answered, [self.direct, self.of_bob, self.of_carol])]
        return {kind: found for kind, found in judge(endings, self.heard).items() if found}


def test_between_request_and_answer_both_are_right() -> None:
    case = Case()
    assert case.wrong() == {}
    case.direct.sent[1].fate = REFUSED
    assert case.wrong() == {verdict.UNWANTED: ["d1 at bob, refused"]}
    case.heard["bob"].discard("d1")
    assert case.wrong() == {}


def test_what_was_handed_over_before_the_request_may_be_read_behind_it() -> None:
    case = Case()
    case.heard["bob"].discard("d0")
    case.direct.sent[0] = Sent("d0", ASKED - 0.001, REFUSED, ASKED + 0.001)
    assert case.wrong() == {}
    case.direct.sent[0] = Sent("d0", ASKED - 0.002, REFUSED, ASKED - 0.001)
    assert case.wrong() == {cutoff.SHUT: ["d0"]}


def meddle(fate: str, text: str = "d2") -> Callable[[Case], None]:
    def meddled(case: Case) -> None:
        for flow in (case.direct, case.of_bob, case.of_carol):
            for it in flow.sent:
                it.fate = fate if it.text == text else it.fate

    return meddled


def hear(who: str, text: str) -> Callable[[Case], None]:
    return lambda case: case.heard[who].add(text)


def answer_is_missing(case: Case) -> None:
    case.answered = None


@pytest.mark.parametrize(
    ("meddled", "kind", "named"),
    [
        (hear("bob", "d2"), verdict.UNWANTED, "d2 at bob, written 0.0 ms after the answer"),
        (hear("alice", "b2"), verdict.UNWANTED, "b2 at alice, written 0.0 ms after the answer"),
        (hear("bob", "c2"), verdict.UNWANTED, "c2 at bob, written 0.0 ms after the answer"),
        (meddle(ACCEPTED), cutoff.PASSED, "d2, written 0.0 ms after the answer"),
        (meddle(REFUSED, "d0"), cutoff.SHUT, "d0"),
        (meddle(REFUSED, "c2"), cutoff.SHUT, "c2"),
        (lambda case: case.heard["bob"].discard("d0"), verdict.LOST, "d0 at bob"),
        (lambda case: case.heard["alice"].discard("c2"), verdict.LOST, "c2 at alice"),
        (meddle("", "d2"), verdict.UNSETTLED, "d2: no PUBACK"),
        (answer_is_missing, cutoff.UNANSWERED, "revoked"),
    ],
)
def test_what_gets_past_is_named(meddled: Callable[[Case], object], kind: str, named: str) -> None:
    case = Case()
    meddled(case)
    assert named in case.wrong()[kind]
    # What is accepted after the answer is heard by nobody here; what is refused before the request was heard.
    assert case.wrong().keys() <= {kind, verdict.LOST, verdict.UNWANTED}
