"""The rules of contacts: consent, closing both ways, and that a block looks like a denial to the one who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.tables import between, markdown
from xasup.protocol.contacts import (
    NEXT,
    Edge,
    Op,
    Pair,
    Policies,
    Policy,
    Side,
    Told,
    allow_one_way,
    approve,
    decide,
)
from xasup.protocol.errors import Code, Refused

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "contacts.md"
POLICIES = [Policies(me, other) for me, other in product(Policy, Policy)]
OPEN = Pair(Side(Edge.ACCEPTED, Told.ACCEPTED), Side(Edge.ACCEPTED, Told.ACCEPTED))
Deed = Callable[[Pair, Policies], Pair]


def swapped(pair: Pair) -> Pair:
    return Pair(pair.other, pair.me)


def turned(policies: Policies) -> Policies:
    return Policies(policies.other, policies.me)


def deeds() -> Iterator[tuple[str, Deed]]:
    """All that can happen to a pair, by either side or an administrator."""

    def by_me(op: Op) -> Deed:
        return lambda pair, policies: decide(op, pair, policies, "other")

    def by_other(deed: Deed) -> Deed:
        return lambda pair, policies: swapped(deed(swapped(pair), turned(policies)))

    mine = [(str(op), by_me(op)) for op in Op]
    mine += [
        ("approve", lambda pair, _: approve(pair, "me", "other")),
        ("allow", lambda pair, _: allow_one_way(pair, "me", "other")),
    ]
    yield from mine
    yield from ((f"other: {name}", by_other(deed)) for name, deed in mine)


DEEDS = dict(deeds())


def after(pair: Pair, deed: Deed, policies: Policies) -> Pair:
    try:
        return deed(pair, policies)
    except Refused:
        return pair


def reachable() -> set[Pair]:
    """Every pair that any history can lead to, policies changing at will."""
    found, fresh = {Pair()}, [Pair()]
    while fresh:
        pair = fresh.pop()
        for deed, policies in product(DEEDS.values(), POLICIES):
            following = after(pair, deed, policies)
            if following not in found:
                found.add(following)
                fresh.append(following)
    return found


REACHABLE = sorted(reachable(), key=str)
both_ways = pytest.mark.parametrize("view", [lambda pair: pair, swapped], ids=["me", "other"])


def test_there_is_something_to_check() -> None:
    assert OPEN in REACHABLE
    assert 30 < len(REACHABLE) < 300


@both_ways
def test_what_one_is_told_fits_what_the_other_decided(view: Callable[[Pair], Pair]) -> None:
    for pair in map(view, REACHABLE):
        edge, told = pair.me.mine, pair.other.theirs
        assert (edge is Edge.ACCEPTED) == (told is Told.ACCEPTED), pair
        assert told is Told.ASKED or edge is not Edge.ASKED, pair
        assert told is not Told.ASKED or edge in (Edge.ASKED, Edge.BLOCKED, Edge.DENIED), pair


@both_ways
def test_an_ask_never_stands_against_a_block_of_ones_own(view: Callable[[Pair], Pair]) -> None:
    for pair in map(view, REACHABLE):
        if pair.me.mine is Edge.BLOCKED:
            assert pair.other.mine is not Edge.ASKED, pair
            assert pair.me.theirs is not Told.ASKED, pair


@pytest.mark.parametrize("policies", POLICIES, ids=str)
def test_only_the_blocker_undoes_a_block(policies: Policies) -> None:
    for pair in REACHABLE:
        if pair.me.mine is Edge.BLOCKED:
            for name, deed in DEEDS.items():
                assert after(pair, deed, policies).me.mine is Edge.BLOCKED or name == "unblock", (pair, name)


@pytest.mark.parametrize("op", [Op.REVOKE, Op.BLOCK])
def test_revoking_or_blocking_closes_both_directions_that_are_open(op: Op) -> None:
    for pair, policies in product(REACHABLE, POLICIES):
        if pair.me.mine is Edge.ACCEPTED:
            closed = decide(op, pair, policies, "other")
            assert Edge.ACCEPTED not in (closed.me.mine, closed.other.mine)


def test_either_side_may_always_revoke_what_is_open() -> None:
    for pair, policies in product(REACHABLE, POLICIES):
        if Edge.ACCEPTED in (pair.me.mine, pair.other.mine):
            closed = decide(Op.REVOKE, pair, policies, "other")
            assert Edge.ACCEPTED not in (closed.me.mine, closed.other.mine)


def test_what_is_done_twice_is_done_once() -> None:
    for pair, policies, op in product(REACHABLE, POLICIES, set(Op) - {Op.UNBLOCK}):
        once = after(pair, DEEDS[op], policies)
        if once != pair and not (op is Op.REVOKE and once.me.mine not in NEXT[Op.REVOKE]):
            assert decide(op, once, policies, "other") == once


def test_under_an_administrator_nobody_opens_anything_themselves() -> None:
    for pair, policies, op in product(REACHABLE, POLICIES, Op):
        if policies.admin:
            opened = after(pair, DEEDS[op], policies)
            assert opened.me.mine is not Edge.ACCEPTED or pair.me.mine is Edge.ACCEPTED
            assert opened.other.mine is not Edge.ACCEPTED or pair.other.mine is Edge.ACCEPTED


# What the one who asked can see: the answer (or its refusal), whether there was a change (which decides the road and
# the time of the answer), and their own side afterwards. The other's record is out of sight.
Rules = Callable[[Op, Pair, Policies, str], Pair]


def seen_by_asker(rules: Rules, op: Op, pair: Pair, policies: Policies) -> tuple[Pair, str, Side]:
    try:
        following = rules(op, pair, policies, "other")
    except Refused as error:
        return pair, f"{error.code}: {error}", pair.me
    return following, "done" if following != pair else "as it was", following.me


def denied_and_blocked(rules: Rules, asked: Pair, policies: Policies) -> tuple[Pair, Pair]:
    one, two = (swapped(rules(op, swapped(asked), turned(policies), "me")) for op in (Op.DENY, Op.BLOCK))
    return one, two


def assert_a_block_looks_like_a_denial(rules: Rules, policies: Policies) -> None:
    for start in REACHABLE:
        if start.other.mine is not Edge.ASKED:
            continue
        worlds = denied_and_blocked(rules, start, policies)
        assert worlds[0].me == worlds[1].me, start
        for ops in product(Op, repeat=3):
            denied, blocked = worlds
            for op in ops:
                denied, *seen_in_one = seen_by_asker(rules, op, denied, policies)
                blocked, *seen_in_two = seen_by_asker(rules, op, blocked, policies)
                assert seen_in_one == seen_in_two, (start, ops)


@pytest.mark.parametrize("policies", POLICIES, ids=str)
def test_the_asker_cannot_tell_a_denial_from_a_block(policies: Policies) -> None:
    assert_a_block_looks_like_a_denial(decide, policies)


def test_rules_that_tell_of_a_block_are_caught() -> None:
    def refusing(op: Op, pair: Pair, policies: Policies, other: str) -> Pair:
        if op is Op.ASK and pair.other.mine is Edge.BLOCKED:
            raise Refused(f"{other} is not to be reached", Code.NOT_ACCEPTED)
        return decide(op, pair, policies, other)

    def hasty(op: Op, pair: Pair, policies: Policies, other: str) -> Pair:
        return pair if op is Op.ASK and pair.other.mine is Edge.BLOCKED else decide(op, pair, policies, other)

    for rules in (refusing, hasty):
        with pytest.raises(AssertionError):
            assert_a_block_looks_like_a_denial(rules, Policies())


def test_a_welcome_for_everybody_does_not_outweigh_a_denial() -> None:
    denied = Pair(Side(Edge.NONE, Told.NOT_ACCEPTED), Side(Edge.DENIED))
    asked = decide(Op.ASK, denied, Policies(other=Policy.AUTO), "lamp")
    assert (asked.other.mine, asked.me.theirs) == (Edge.DENIED, Told.ASKED)
    assert decide(Op.ASK, denied, Policies(), "bob").other.mine is Edge.ASKED
    assert decide(Op.ASK, Pair(), Policies(other=Policy.AUTO), "lamp") == OPEN


def test_approving_leaves_a_block_of_the_other_alone() -> None:
    one_way = allow_one_way(Pair(other=Side(Edge.BLOCKED)), "me", "sensor")
    assert approve(one_way, "me", "sensor") == one_way


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (Op.ACCEPT, Code.NOT_ASKED),
        (Op.DENY, Code.NOT_ASKED),
        (Op.REVOKE, Code.NOT_CONTACTS),
        (Op.UNBLOCK, Code.NOT_BLOCKED),
    ],
)
def test_strangers_have_nothing_to_decide(op: Op, code: Code) -> None:
    with pytest.raises(Refused) as caught:
        decide(op, Pair(), Policies(), "bob")
    assert caught.value.code is code
    assert "bob" in str(caught.value)


class Consent(RuleBasedStateMachine):
    """Keeps its own book of who agreed to whom, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        self.agreed = {"me": False, "other": False}  # to be reached by the other one

    @rule(op=st.sampled_from(Op), other=st.booleans(), policies=st.sampled_from(POLICIES))
    def act(self, op: Op, other: bool, policies: Policies) -> None:
        actor, partner = ("other", "me") if other else ("me", "other")
        seen = swapped(self.pair) if other else self.pair
        try:
            following = decide(op, seen, policies, partner)
        except Refused:
            return
        welcome = policies.other is Policy.AUTO and seen.other.mine is not Edge.BLOCKED
        self.pair = swapped(following) if other else following
        if op in (Op.ASK, Op.ACCEPT):
            self.agreed[actor] = True
            self.agreed[partner] |= op is Op.ASK and welcome
        elif op in (Op.DENY, Op.REVOKE, Op.BLOCK):
            self.agreed = {"me": False, "other": False}
            self.keep_what_stands()

    @rule(owner_is_me=st.booleans(), one_way=st.booleans())
    def administrate(self, owner_is_me: bool, one_way: bool) -> None:
        seen = self.pair if owner_is_me else swapped(self.pair)
        try:
            following = (allow_one_way if one_way else approve)(seen, "owner", "actor")
        except Refused:
            assume(False)
        self.pair = following if owner_is_me else swapped(following)
        owner, actor = ("me", "other") if owner_is_me else ("other", "me")
        self.agreed[owner] = True
        self.agreed[actor] |= not one_way

    def keep_what_stands(self) -> None:
        """A denial or a block ends what leads to the one who says it: neither a way out that the other keeps open, nor
        an ask of the other's."""
        sides = {"me": self.pair.me, "other": self.pair.other}
        open_ways = [name for name, side in sides.items() if side.mine is Edge.ACCEPTED]
        assert len(open_ways) < 2
        for name, side in sides.items():
            self.agreed[name] = name in open_ways or side.theirs is Told.ASKED

    @invariant()
    def nobody_is_reached_without_having_agreed(self) -> None:
        assert self.pair.me.mine is not Edge.ACCEPTED or self.agreed["me"]
        assert self.pair.other.mine is not Edge.ACCEPTED or self.agreed["other"]


TestConsent = Consent.TestCase


@given(st.sampled_from(REACHABLE), st.sampled_from(Op), st.sampled_from(POLICIES))
def test_deciding_is_a_function(pair: Pair, op: Op, policies: Policies) -> None:
    assert after(pair, DEEDS[op], policies) == after(pair, DEEDS[op], policies)


def test_the_page_shows_the_table() -> None:
    def row(op: Op) -> list[str]:
        return [f"`{op}`", *(f"`{NEXT[op][edge]}`" if edge in NEXT[op] else "refused" for edge in Edge)]

    assert between(PAGE, "edges") == markdown(["", *(f"`{edge}`" for edge in Edge)], [row(op) for op in Op])
