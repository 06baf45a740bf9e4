"""Operations on contacts: what a person decides, what an administrator decides for them.

The rules are in xasup/protocol/contacts.py.
"""

from __future__ import annotations

from collections.abc import Callable

from contacts.operations import fields
from contacts.operations.operation import ADMIN, Draft, Facts, Operation, tell
from xasup.protocol import contacts as rules
from xasup.protocol import events
from xasup.protocol.changes import Notice
from xasup.protocol.contacts import Edge, Op, Pair, Policies, Side
from xasup.protocol.errors import Code, Refused
from xasup.protocol.ids import UserId
from xasup.protocol.records import Contact, Pending
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell

SERVICE = "contacts"
Rule = Callable[[Pair, Policies], Pair]


def act(op: Op, me: UserId, other: UserId, *, now: int, greeting: str = "", by: str = "") -> Operation:
    """What *me* does about *other*; *by* an administrator where it is named."""
    return _operation(
        op, lambda pair, policies: rules.decide(op, pair, policies, other), (me, other), by or me, now, greeting
    )


def approve(owner: UserId, actor: UserId, *, now: int) -> Operation:
    """An administrator accepts *actor*, who has asked, for *owner*."""
    return _operation("approve", lambda pair, _: rules.approve(pair, owner, actor), (owner, actor), ADMIN, now)


def allow_one_way(owner: UserId, actor: UserId, *, now: int) -> Operation:
    """An administrator lets *actor* (a sensor) write to *owner*, not the other way round."""
    return _operation("allow", lambda pair, _: rules.allow_one_way(pair, owner, actor), (owner, actor), ADMIN, now)


def _operation(name: str, rule: Rule, pair: tuple[UserId, UserId], by: str, now: int, greeting: str = "") -> Operation:
    me, other = pair
    if me == other:
        raise Refused("this is about yourself; name somebody else", Code.NOT_YOURSELF)
    cells = (
        Cell(tables.USERS, me),
        Cell(tables.USERS, other),
        Cell(tables.contacts(me), other),
        Cell(tables.contacts(other), me),
    )

    def judge(facts: Facts) -> Draft:
        policies = Policies(facts.person(me).policy, facts.person(other).policy)
        mine, theirs = facts.contact(me, other), facts.contact(other, me)
        before = Pair(mine.side, theirs.side)
        after = rule(before, policies)
        draft = _News(now)
        draft.turn(me, other, before.me, after.me, mine)
        draft.turn(other, me, before.other, after.other, Contact(theirs.side, theirs.ts, greeting or theirs.greeting))
        if policies.admin:
            draft.index(me, other, before.me, after.me)
            draft.index(other, me, before.other, after.other, greeting)
        ts = max(now, mine.ts) if after.me != before.me else mine.ts
        answer = {"user": other, "mine": after.me.mine, "theirs": after.me.theirs, "ts": ts}
        return Draft(draft.put, tuple(draft.notices), answer)

    return Operation(f"{SERVICE}.{name}", by, now, (me, other), cells, judge)


class _News:
    """The cells and the news of one decision, collected."""

    def __init__(self, now: int) -> None:
        self.put: dict[Cell, bytes | None] = {}
        self.notices: list[Notice] = []
        self._now = now

    def turn(self, me: str, other: str, before: Side, after: Side, cell: Contact) -> None:
        """The half of the relation that *me* sees; a greeting stays with the ask that it came with. Its time is never
        before that of the last, even where the clock was set back: who reads the news goes by it. So the cell stays,
        also when they are strangers again."""
        if after == before:
            return
        ts, greeting = max(self._now, cell.ts), cell.greeting if after.mine is Edge.ASKED else ""
        self.put[Cell(tables.contacts(me), other)] = Contact(after, ts, greeting).encode()
        self.notices.append(tell(me, SERVICE, events.contact(other, after, ts, greeting)))

    def index(self, owner: str, actor: str, before: Side, after: Side, greeting: str = "") -> None:
        """The list of asks that wait for an administrator."""
        waiting = after.mine is Edge.ASKED
        if waiting != (before.mine is Edge.ASKED):
            value = Pending(self._now, greeting).encode() if waiting else None
            self.put[Cell(tables.PENDING, fields.pending(owner, actor))] = value
