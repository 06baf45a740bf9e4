"""Operations on groups. Rules: xasup/protocol/groups.py. An administrator acts with the owner's rights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contacts.operations.minutes import SERVICE, Minutes
from contacts.operations.operation import ADMIN, Draft, Facts, Operation
from xasup.protocol import groups as rules
from xasup.protocol.contacts import Edge
from xasup.protocol.errors import Code, Malformed, Refused
from xasup.protocol.groups import Op, Role, Size
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.records import Group
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell


def create(group: GroupId, owner: UserId, members: Sequence[UserId], *, name: str, by: str, now: int) -> Operation:
    """Found *group*; *members*, who must have accepted *owner* as a contact, are invited. Raises Refused, Malformed."""
    if owner in members:
        raise Refused("the owner is in the group anyhow; name others as members", Code.NOT_YOURSELF)
    if len(set(members)) != len(members):
        raise Malformed("members: expected each user once")
    here = Cell(tables.GROUPS, group)
    cells = [here, Cell(tables.USERS, owner)]
    for member in members:
        cells += (Cell(tables.USERS, member), Cell(tables.contacts(member), owner))

    def judge(facts: Facts) -> Draft:
        if facts.cells[here] is not None:
            raise Refused(f"group {group} exists or has existed; choose another id", Code.NAME_TAKEN)
        facts.person(owner)
        rules.found({member: _accepted(facts, member, owner) for member in members})
        draft = Minutes(group, Group(name, now, owner, Size()), by, now)
        draft.turn(owner, Role.NONE, Role.OWNER, aloud=False)
        for member in members:
            draft.turn(member, Role.NONE, Role.INVITED, aloud=False)
        return draft.draft(name=name, role=Role.OWNER)

    return Operation(f"{SERVICE}.create", by, now, (group, owner), tuple(cells), judge)


def rename(group: GroupId, me: UserId | None, name: str, *, now: int) -> Operation:
    """Change the display name. *me* None: an administrator."""

    def judge(facts: Facts) -> Draft:
        record, mine = facts.group(group), _role(facts, group, me)
        rules.rename(mine)
        draft = Minutes(group, record, me or ADMIN, now)
        draft.rename(name, mine)
        return draft.draft(name=name)

    return about(Op.RENAME, group, (me,), me or ADMIN, now, judge)


def invite(group: GroupId, me: UserId, user: UserId, *, now: int) -> Operation:
    """The owner invites a contact."""
    _not_oneself(me, user)

    def judge(facts: Facts) -> Draft:
        record, mine, theirs = facts.group(group), facts.role(group, me), facts.role(group, user)
        accepted = mine is Role.OWNER and _accepted(facts, user, me)
        role = rules.invite(mine, theirs, accepted, record.size, user)
        draft = Minutes(group, record, me, now)
        draft.turn(user, theirs, role)
        return draft.draft(user=user, role=role)

    more = (Cell(tables.USERS, user), Cell(tables.contacts(user), me))
    return about(Op.INVITE, group, (me, user), me, now, judge, more)


def join(group: GroupId, me: UserId, *, now: int) -> Operation:
    """Follow an invitation."""

    def judge(facts: Facts) -> Draft:
        record, mine = facts.group(group), facts.role(group, me)
        facts.person(me)
        role = rules.join(mine)
        draft = Minutes(group, record, me, now)
        draft.turn(me, mine, role)
        return draft.draft(name=record.name, role=role)

    return about(Op.JOIN, group, (me,), me, now, judge, (Cell(tables.USERS, me),))


def leave(group: GroupId, me: UserId, *, now: int) -> Operation:
    """Leave, or decline an invitation; the only member leaving ends the group, invitations included."""

    def judge(facts: Facts) -> Draft:
        record, mine = facts.group(group), facts.role(group, me)
        rules.leave(mine, record.size)
        draft = Minutes(group, record, me, now)
        draft.go(me, mine)
        return draft.draft(role=Role.NONE)

    return about(Op.LEAVE, group, (me,), me, now, judge)


def remove(group: GroupId, me: UserId | None, user: UserId, *, now: int) -> Operation:
    """Put a member out, or take an invitation back. *me* None: an administrator."""
    _not_oneself(me, user)

    def judge(facts: Facts) -> Draft:
        record, theirs = facts.group(group), facts.role(group, user)
        role = rules.remove(_role(facts, group, me), theirs)
        draft = Minutes(group, record, me or ADMIN, now)
        draft.turn(user, theirs, role)
        return draft.draft(user=user, role=role)

    return about(Op.REMOVE, group, (me, user), me or ADMIN, now, judge)


def hand_over(group: GroupId, me: UserId, user: UserId, *, now: int, by: str = "") -> Operation:
    """*me*, the owner, makes *user*, a member, the owner; *by* an administrator where it is named."""
    _not_oneself(me, user)

    def judge(facts: Facts) -> Draft:
        record, before = facts.group(group), (facts.role(group, me), facts.role(group, user))
        mine, theirs = rules.hand_over(*before)
        draft = Minutes(group, record, by or me, now)
        draft.turn(user, before[1], theirs)
        draft.turn(me, before[0], mine)
        return draft.draft(user=user, role=theirs)

    return about(Op.HAND_OVER, group, (me, user), by or me, now, judge)


def about(
    name: str,
    group: GroupId,
    users: Sequence[UserId | None],
    by: str,
    now: int,
    judge: Callable[[Facts], Draft],
    more: Sequence[Cell] = (),
) -> Operation:
    """An operation on a group that is there; it looks at the roles of *users*."""
    known = [user for user in users if user is not None]
    cells = (Cell(tables.GROUPS, group), *(Cell(tables.members(group), user) for user in known), *more)
    return Operation(f"{SERVICE}.{name}", by, now, (group, *known), cells, judge)


def _role(facts: Facts, group: GroupId, me: UserId | None) -> Role:
    return Role.OWNER if me is None else facts.role(group, me)


def _accepted(facts: Facts, user: UserId, owner: UserId) -> bool:
    facts.person(user)
    return facts.contact(user, owner).side.mine is Edge.ACCEPTED


def _not_oneself(me: UserId | None, user: UserId) -> None:
    if me == user:
        raise Refused("this is about yourself; name somebody else", Code.NOT_YOURSELF)
