"""What each decision lets the other learn: the table says what the rules of the protocol do."""

from __future__ import annotations

import pytest

from tui_client.commands.table import BY_NAME
from tui_client.consent import Decision, Taken, decision, question, why_not
from tui_client.standing import Standing, towards
from xasup.client.values import Contact
from xasup.protocol.contacts import Edge, Op, Pair, Policies, Side, Told, decide
from xasup.protocol.ids import UserId

OPEN = Pair(Side(Edge.ACCEPTED, Told.ACCEPTED), Side(Edge.ACCEPTED, Told.ACCEPTED))
ASKS_ME = Pair(Side(mine=Edge.ASKED), Side(theirs=Told.ASKED))
I_ASKED = Pair(Side(theirs=Told.ASKED), Side(mine=Edge.ASKED))
BEFORE: dict[Decision, Pair] = {
    Decision.ASK: Pair(),
    Decision.TAKE_BACK: I_ASKED,
    Decision.ACCEPT: ASKS_ME,
    Decision.DENY: ASKS_ME,
    Decision.REVOKE: OPEN,
    Decision.BLOCK_ASKER: ASKS_ME,
    Decision.BLOCK_CONTACT: OPEN,
    Decision.BLOCK_OTHER: Pair(),
    Decision.UNBLOCK: Pair(Side(mine=Edge.BLOCKED)),
}
people = pytest.mark.parametrize("taken", BEFORE)


def standing(pair: Pair) -> Standing:
    """Mine, as the screen has it."""
    return towards(Contact(UserId("bob"), pair.me.mine, pair.me.theirs, online=True))


def turned(op: str, pair: Pair) -> Pair:
    return decide(Op(op), pair, Policies(), "bob")


def test_every_decision_is_a_command_and_so_is_its_undoing() -> None:
    for each in Decision:
        assert each.fate.command in BY_NAME
        assert each.fate.back in {"", *BY_NAME}
        assert bool(each.fate.back) == each.fate.undo.startswith("undo ")
        assert bool(each.fate.back) == bool(each.fate.holds)


@people
def test_a_decision_is_told_by_its_command_and_how_one_stands(taken: Decision) -> None:
    assert decision(taken.fate.command, standing(BEFORE[taken])) is taken


@people
def test_right_after_a_decision_it_can_be_undone_exactly_where_the_table_says_so(taken: Decision) -> None:
    """The command that takes it back is one that the rules allow then."""
    after = turned(taken.fate.command, BEFORE[taken])
    done = Taken(taken, "bob")
    assert done.undoable(standing(after)) == bool(taken.fate.back)
    if taken.fate.back:
        turned(taken.fate.back, after)
        assert not why_not(done, standing(after))
    else:
        assert taken.fate.undo in why_not(done, standing(after))


@people
def test_who_learns_nothing_is_told_nothing(taken: Decision) -> None:
    before = BEFORE[taken]
    told = turned(taken.fate.command, before).other != before.other
    assert told == (not taken.fate.learns.startswith("they learn nothing"))


def test_a_block_tells_what_a_denial_or_an_end_tells() -> None:
    assert turned("block", ASKS_ME).other == turned("deny", ASKS_ME).other
    assert turned("block", OPEN).other == turned("revoke", OPEN).other


def test_what_cannot_be_undone_any_more_says_why() -> None:
    assert why_not(None, Standing.STRANGER) == "there is no decision to undo"
    assert "something else has happened" in why_not(Taken(Decision.ACCEPT, "bob"), Standing.CLOSED)


def test_a_question_says_what_they_learn_and_whether_it_can_be_undone() -> None:
    asked = question("revoke", "bob", Standing.ONLINE)
    assert asked.startswith("Revoke bob? They learn only that it ended; neither of you can write")
    assert asked.endswith("It cannot be undone, but either of you can ask again.")
