"""The rules of groups: one owner as long as it lives, nobody in it who did not join, never more than it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.support.tables import between, markdown
from xasup.protocol import directory, groups
from xasup.protocol.errors import Code, Refused
from xasup.protocol.groups import MAX_MEMBERS, NEXT, Op, Role, Size

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "groups.md"
USERS = ["alice", "bob", "carol", "dave"]


@pytest.mark.parametrize("mine", sorted(set(Role) - {Role.OWNER}))
def test_only_the_owner_rules(mine: Role) -> None:
    for attempt in (
        lambda: groups.rename(mine),
        lambda: groups.invite(mine, Role.NONE, True, Size(2), "bob"),
        lambda: groups.remove(mine, Role.MEMBER),
        lambda: groups.hand_over(mine, Role.MEMBER),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert caught.value.code is Code.NOT_OWNER


def test_only_who_accepted_the_owner_is_invited() -> None:
    with pytest.raises(Refused) as caught:
        groups.invite(Role.OWNER, Role.NONE, False, Size(1), "bob")
    assert caught.value.code is Code.NOT_ACCEPTED
    assert "bob" in str(caught.value)
    with pytest.raises(Refused):
        groups.found({"bob": True, "carol": False})
    assert groups.found({"bob": True, "carol": True}) == Size(1, 2)


@pytest.mark.parametrize("full", [Size(MAX_MEMBERS), Size(1, MAX_MEMBERS - 1)])
def test_a_group_holds_no_more_than_it_says(full: Size) -> None:
    with pytest.raises(Refused) as caught:
        groups.invite(Role.OWNER, Role.NONE, True, full, "bob")
    assert caught.value.code is Code.TOO_MANY
    one_less = Size(full.members, full.invited - 1) if full.invited else Size(full.members - 1)
    assert groups.invite(Role.OWNER, Role.NONE, True, one_less, "bob") is Role.INVITED


def test_who_is_in_already_is_invited_without_effect() -> None:
    for role in (Role.INVITED, Role.MEMBER, Role.OWNER):
        assert groups.invite(Role.OWNER, role, False, Size(MAX_MEMBERS), "bob") is role


def test_the_last_owner_hands_over_first() -> None:
    with pytest.raises(Refused) as caught:
        groups.leave(Role.OWNER, Size(2))
    assert caught.value.code is Code.LAST_OWNER
    assert groups.leave(Role.OWNER, Size(1, 7)) is Role.NONE
    assert groups.ends(Role.OWNER, Role.NONE)


def test_the_owner_is_not_removed() -> None:
    with pytest.raises(Refused) as caught:
        groups.remove(Role.OWNER, Role.OWNER)
    assert caught.value.code is Code.LAST_OWNER


@pytest.mark.parametrize(
    ("attempt", "code"),
    [
        (lambda: groups.join(Role.NONE), Code.NOT_INVITED),
        (lambda: groups.leave(Role.NONE, Size(3)), Code.NOT_MEMBER),
        (lambda: groups.remove(Role.OWNER, Role.NONE), Code.NOT_MEMBER),
        (lambda: groups.hand_over(Role.OWNER, Role.INVITED), Code.NOT_MEMBER),
        (lambda: groups.hand_over(Role.OWNER, Role.NONE), Code.NOT_MEMBER),
        (lambda: groups.hand_over(Role.OWNER, Role.OWNER), Code.NOT_MEMBER),
    ],
)
def test_refusals_have_their_codes(attempt: object, code: Code) -> None:
    assert callable(attempt)
    with pytest.raises(Refused) as caught:
        attempt()
    assert caught.value.code is code


def test_to_the_broker_the_invited_are_strangers() -> None:
    assert [groups.in_directory(role) for role in Role] == [
        None,
        None,
        directory.Role.MEMBER,
        directory.Role.OWNER,
    ]


class Life(RuleBasedStateMachine):
    """A group's life, with a book kept beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.roles = dict.fromkeys(USERS, Role.NONE) | {"alice": Role.OWNER}
        self.size = groups.found({})
        self.joined = {"alice"}

    def alive(self) -> bool:
        return Role.OWNER in self.roles.values()

    def becomes(self, user: str, role: Role) -> None:
        self.size = groups.resized(self.size, self.roles[user], role)
        if groups.ends(self.roles[user], role):
            self.roles = dict.fromkeys(USERS, Role.NONE)
        self.roles[user] = role

    @rule(actor=st.sampled_from(USERS), user=st.sampled_from(USERS), op=st.sampled_from(Op))
    def act(self, actor: str, user: str, op: Op) -> None:
        mine, theirs = self.roles[actor], self.roles[user]
        try:
            match op:
                case Op.INVITE:
                    self.becomes(user, groups.invite(mine, theirs, True, self.size, user))
                case Op.JOIN:
                    self.becomes(actor, groups.join(mine))
                    self.joined.add(actor)
                case Op.LEAVE:
                    self.becomes(actor, groups.leave(mine, self.size))
                    self.joined.discard(actor)
                case Op.REMOVE:
                    self.becomes(user, groups.remove(mine, theirs))
                    self.joined.discard(user)
                case Op.HAND_OVER:
                    giver, taker = groups.hand_over(mine, theirs)
                    self.becomes(actor, giver)
                    self.becomes(user, taker)
                case Op.RENAME:
                    groups.rename(mine)
        except Refused:
            return

    @invariant()
    def one_owner_while_it_lives(self) -> None:
        parts = list(self.roles.values())
        assert parts.count(Role.OWNER) == 1 or set(parts) == {Role.NONE}

    @invariant()
    def only_who_joined_is_in(self) -> None:
        inside = {user for user, role in self.roles.items() if groups.in_directory(role) is not None}
        assert inside <= self.joined

    @invariant()
    def the_size_is_counted_right(self) -> None:
        if self.alive():
            parts = list(self.roles.values())
            inside = parts.count(Role.MEMBER) + parts.count(Role.OWNER)
            assert self.size == Size(inside, parts.count(Role.INVITED))


TestLife = Life.TestCase


def test_the_page_shows_the_table() -> None:
    def row(op: Op) -> list[str]:
        return [f"`{op}`", *(f"`{NEXT[op][role]}`" if role in NEXT[op] else "refused" for role in Role)]

    rows = [row(op) for op in Op if op in NEXT]
    assert between(PAGE, "roles") == markdown(["", *(f"`{role}`" for role in Role)], rows)
