"""New, repeated or in conflict; to be shown now or held back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xasup.client.arrivals import Candidate, Known, Verdict, judge, showable
from xasup.client.sorting import Arrived
from xasup.protocol.ids import MessageId, UserId


def arrived(id: str, payload: bytes = b"x", sender: str = "bob", conversation: str = "bob") -> Arrived:
    return Arrived(conversation, UserId(sender), MessageId(id), payload, None)


def test_the_first_of_an_id_is_kept() -> None:
    known = {("a", "bob"): Known("bob", b"x")}
    batch = [
        arrived("a"),
        arrived("a", b"y"),
        arrived("a", sender="carol"),
        arrived("b"),
        arrived("b"),
        arrived("b", b"z"),
    ]
    assert judge(known, batch) == [
        Verdict.DUPLICATE,
        Verdict.CONFLICT,
        Verdict.NEW,
        Verdict.NEW,
        Verdict.DUPLICATE,
        Verdict.CONFLICT,
    ]


def test_the_same_words_in_another_conversation_are_a_conflict() -> None:
    batch = [arrived("a"), arrived("a", conversation="g:hikers")]
    assert judge({}, batch) == [Verdict.NEW, Verdict.CONFLICT]


def line(id: str, re: str | None = None, sender: str = "bob", conversation: str = "g:h") -> Candidate:
    return Candidate(conversation, sender, id, re)


def test_a_reply_waits_for_what_it_replies_to() -> None:
    assert showable([line("r", re="x")], set(), set()) == ([], [0])
    assert showable([line("r", re="x")], {("g:h", "x")}, set()) == ([0], [])
    assert showable([line("r", re="x")], {("g:other", "x")}, set()) == ([], [0])
    assert showable([line("r", re="x"), line("x", sender="carol")], set(), set()) == ([1, 0], [])


def test_what_its_sender_wrote_after_it_waits_behind_it() -> None:
    candidates = [line("r", re="x"), line("s"), line("t", sender="carol")]
    assert showable(candidates, set(), set()) == ([2], [0, 1])
    assert showable(candidates, {("g:h", "x")}, set()) == ([0, 1, 2], [])
    assert showable(candidates, set(), {"r"}) == ([0, 1, 2], [])


def test_replies_to_replies() -> None:
    candidates = [line("c", re="b", sender="carol"), line("b", re="a", sender="bob"), line("a", sender="dan")]
    assert showable(candidates, set(), set()) == ([2, 1, 0], [])


names = st.sampled_from("abcdef")


@given(
    st.lists(
        st.tuples(names, st.sampled_from(["bob", "carol"]), st.none() | names), max_size=8, unique_by=lambda it: it[0]
    )
)
def test_order_of_senders_and_replies_always_holds(drawn: list[tuple[str, str, str | None]]) -> None:
    candidates = [line(id, re, sender) for id, sender, re in drawn]
    shown, held = showable(candidates, set(), set())
    assert sorted(shown + held) == list(range(len(candidates)))
    for sender in ("bob", "carol"):
        own = [index for index in shown if candidates[index].sender == sender]
        later = [index for index in held if candidates[index].sender == sender]
        assert own == sorted(own)
        assert not own or not later or max(own) < min(later)
    for at, index in enumerate(shown):
        re = candidates[index].re
        assert re is None or re in [candidates[earlier].id for earlier in shown[:at]]
