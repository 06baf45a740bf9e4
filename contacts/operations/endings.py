"""How groups end, and how a deleted user leaves them. Rules: xasup/protocol/groups.py."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.operations.groups import about
from contacts.operations.minutes import SERVICE, Minutes
from contacts.operations.operation import ADMIN, Draft, Facts, Operation, tell
from xasup.protocol import events
from xasup.protocol import groups as rules
from xasup.protocol.groups import Role
from xasup.protocol.ids import GroupId, UserId
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell


def end(group: GroupId, *, now: int) -> Operation:
    """An administrator ends a group: nobody gets in any more; its chore then puts out whoever is in it."""

    def judge(facts: Facts) -> Draft:
        draft = Minutes(group, facts.group(group), ADMIN, now)
        draft.end()
        return draft.draft(role=Role.NONE)

    return about("end", group, (), ADMIN, now, judge)


def depart(group: GroupId, user: UserId, heir: UserId | None, *, now: int) -> Operation:
    """*user* is deleted. *heir*: a member who then owns the group, needed where *user* owned it and was not alone."""

    def judge(facts: Facts) -> Draft:
        record, mine = facts.group(group), facts.role(group, user)
        draft = Minutes(group, record, ADMIN, now)
        if mine is Role.OWNER and record.size.members > 1 and heir is not None:
            facts.person(heir)
            theirs = facts.role(group, heir)
            draft.turn(heir, theirs, rules.hand_over(mine, theirs)[1])
            draft.turn(user, mine, Role.NONE)
        elif mine is not Role.NONE:
            rules.leave(mine, record.size)
            draft.go(user, mine)
        return draft.draft()

    more = (Cell(tables.USERS, heir),) if heir else ()
    return about("depart", group, (user, heir), ADMIN, now, judge, more)


def clear(group: GroupId, users: Sequence[UserId], *, now: int) -> Operation:
    """Some of those who were in a group that ended, or were invited, are so no more."""
    cells = tuple(Cell(tables.members(group), user) for user in users)

    def judge(facts: Facts) -> Draft:
        gone = [user for user in users if facts.role(group, user) is not Role.NONE]
        put: dict[Cell, bytes | None] = {}
        for user in gone:
            put |= {Cell(tables.members(group), user): None, Cell(tables.memberships(user), group): None}
        news = (tell(user, SERVICE, events.group(group, group, Role.NONE, ADMIN, now)) for user in gone)
        return Draft(put, tuple(news))

    return Operation(f"{SERVICE}.clear", ADMIN, now, (group,), cells, judge)
