"""New, repeated or in conflict; to be shown now or held back."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from xasup.client.arrivals import Candidate, Known, Verdict, judge, showable
from xasup.client.sorting import Arrived
from xasup.protocol.ids import MessageId, UserId
from xasup.wire.store import Lane


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


def places(
    candidates: list[Candidate], present: set[tuple[str, str]], overdue: set[str]
) -> tuple[list[int], list[int]]:
    """Shown and held."""
    return showable(candidates, present, overdue)[:2]


def test_a_reply_waits_for_what_it_replies_to() -> None:
    assert places([line("r", re="x")], set(), set()) == ([], [0])
    assert places([line("r", re="x")], {("g:h", "x")}, set()) == ([0], [])
    assert places([line("r", re="x")], {("g:other", "x")}, set()) == ([], [0])
    assert places([line("r", re="x"), line("x", sender="carol")], set(), set()) == ([1, 0], [])


def test_what_its_sender_wrote_after_it_waits_behind_it() -> None:
    candidates = [line("r", re="x"), line("s"), line("t", sender="carol")]
    assert places(candidates, set(), set()) == ([2], [0, 1])
    assert places(candidates, {("g:h", "x")}, set()) == ([0, 1, 2], [])
    assert places(candidates, set(), {"r"}) == ([0, 1, 2], [])


def test_replies_to_replies() -> None:
    candidates = [line("c", re="b", sender="carol"), line("b", re="a", sender="bob"), line("a", sender="dan")]
    assert places(candidates, set(), set()) == ([2, 1, 0], [])


names = st.sampled_from("abcdef")


@given(
    st.lists(
        st.tuples(names, st.sampled_from(["bob", "carol"]), st.none() | names), max_size=8, unique_by=lambda it: it[0]
    )
)
def test_order_of_senders_and_replies_always_holds(drawn: list[tuple[str, str, str | None]]) -> None:
    candidates = [line(id, re, sender) for id, sender, re in drawn]
    shown, held = places(candidates, set(), set())
    assert sorted(shown + held) == list(range(len(candidates)))
    for sender in ("bob", "carol"):
        own = [index for index in shown if candidates[index].sender == sender]
        later = [index for index in held if candidates[index].sender == sender]
        assert own == sorted(own)
        assert not own or not later or max(own) < min(later)
    for at, index in enumerate(shown):
        re = candidates[index].re
        assert re is None or re in [candidates[earlier].id for earlier in shown[:at]]


def numbered(n: int, src: str = "d1", sender: str = "bob") -> Candidate:
    return Candidate("bob", sender, f"{src}-{n}", None, src, n)


def test_a_number_waits_for_those_before_it() -> None:
    showing = showable([numbered(2), numbered(3), numbered(1, "d2")], set(), ())
    assert showing == ([2], [0, 1], [], [0])
    assert showable([numbered(2), numbered(3), numbered(1)], set(), ()).shown == [2, 0, 1]
    assert showable([numbered(5)], set(), (), {numbered(5).lane: 4}).shown == [0]
    assert showable([numbered(5)], set(), (), {numbered(5).lane: 9}).shown == [0]  # late, but not lost


def test_a_number_that_is_given_up_lets_the_next_ones_go() -> None:
    assert showable([numbered(2), numbered(3), numbered(5)], set(), (), accepted={"d1-2"}) == ([0, 1], [2], [], [2])


def test_numbers_of_whom_nobody_knows_the_device_do_not_count() -> None:
    assert showable([numbered(7, src="")], set(), ()).shown == [0]


@given(st.permutations([numbered(n, src) for src in ("d1", "d2") for n in range(1, 5)]), st.randoms())
def test_each_device_s_numbers_are_shown_in_order_however_they_come(arrived: list[Candidate], dice: Random) -> None:
    """In batches of any size, some twice as history has it."""
    counts: dict[Lane, int] = {}
    held: list[Candidate] = []
    told: list[Candidate] = []
    while arrived:
        size = dice.randint(1, len(arrived))
        waiting, arrived = [*held, *arrived[:size]], arrived[size:]
        showing = showable(waiting, set(), (), counts)
        for index in showing.shown:
            told.append(waiting[index])
            counts[waiting[index].lane] = waiting[index].n
        held = [waiting[index] for index in showing.held]
    assert not held
    for src in ("d1", "d2"):
        assert [it.n for it in told if it.src == src] == [1, 2, 3, 4]
