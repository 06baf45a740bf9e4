"""What takes several steps: ending all that a deleted user had, emptying a group that ended, sorting asks when a policy
changed. Written down in the truth before the first step, so that whoever finds it unfinished finishes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from contacts.operations import devices, fields
from contacts.operations.endings import clear, depart
from contacts.operations.fields import Chore
from contacts.operations.operation import ADMIN, Draft, Facts, Operation, tell
from contacts.operations.perform import Done, perform
from xasup.protocol import events
from xasup.protocol.contacts import Edge, Policies
from xasup.protocol.errors import Code, Refused
from xasup.protocol.groups import Role
from xasup.protocol.ids import DeviceId, GroupId, UserId
from xasup.protocol.records import STRANGERS, Contact, Membership, Pending
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step, Truth

CHUNK = 100  # cells in one step, so that no step holds anybody up


async def finish(truth: Truth, kind: Chore, name: str, *, now: int) -> Done | None:
    """Do it, or what is left of it, and strike it off. The last step's outcome, where any changed something."""
    last = None
    async for done in _STEPS[kind](truth, name, now):
        last = done if done.fresh else last
    await truth.commit(Step(put={Cell(tables.CHORES, fields.chore(kind, name)): None}))
    return last


async def finish_all(truth: Truth, *, now: int, before: int) -> int:
    """Finish what was begun before *before* (milliseconds since the epoch) and left; how many there were."""
    due = [field async for field, since in truth.scan(tables.CHORES) if int(since) < before]
    for field in due:
        await finish(truth, *fields.chore_of(field), now=now)
    return len(due)


async def _user(truth: Truth, name: str, now: int) -> AsyncIterator[Done]:
    user = UserId(name)
    async for names in _chunks(truth, tables.devices(user)):
        yield await perform(truth, devices.revoke_all(user, [DeviceId(name) for name in names], now=now))
    async for names in _chunks(truth, tables.contacts(user)):
        yield await perform(truth, _end_contacts(user, [UserId(name) for name in names], now))
    async for names in _chunks(truth, tables.memberships(user)):
        for group in names:
            yield await _leave(truth, GroupId(group), user, now)


async def _group(truth: Truth, name: str, now: int) -> AsyncIterator[Done]:
    async for names in _chunks(truth, tables.members(name)):
        yield await perform(truth, clear(GroupId(name), [UserId(user) for user in names], now=now))


async def _policy(truth: Truth, name: str, now: int) -> AsyncIterator[Done]:
    async for names in _chunks(truth, tables.contacts(name)):
        yield await perform(truth, _sort_asks(UserId(name), [UserId(user) for user in names], now))


_STEPS: dict[Chore, Callable[[Truth, str, int], AsyncIterator[Done]]] = {
    Chore.USER: _user,
    Chore.GROUP: _group,
    Chore.POLICY: _policy,
}


async def _chunks(truth: Truth, table: str) -> AsyncIterator[list[str]]:
    """The fields of a table; what comes to it meanwhile may be left out."""
    after = ""
    while True:
        cells, after = await truth.page(table, after, CHUNK)
        if cells:
            yield [field for field, _ in cells]
        if not after:
            return


def _end_contacts(user: UserId, others: list[UserId], now: int) -> Operation:
    """Nothing is left between a deleted user and some others."""
    cells = tuple(cell for other in others for cell in _both(user, other))

    def judge(facts: Facts) -> Draft:
        known = [other for other in others if any(facts.cells[cell] is not None for cell in _both(user, other))]
        asks = (
            Cell(tables.PENDING, field)
            for it in known
            for field in (fields.pending(user, it), fields.pending(it, user))
        )
        put = dict.fromkeys([cell for other in known for cell in _both(user, other)] + list(asks))
        stamps = ((other, max(now, facts.contact(other, user).ts)) for other in known)
        return Draft(put, tuple(tell(other, "contacts", events.contact(user, STRANGERS, ts)) for other, ts in stamps))

    return Operation("contacts.end", ADMIN, now, (user,), cells, judge)


async def _leave(truth: Truth, group: GroupId, user: UserId, now: int) -> Done:
    """A deleted user leaves a group; the owner's place goes to whoever joined first."""
    try:
        return await perform(truth, depart(group, user, None, now=now))
    except Refused as error:
        if error.code is Code.UNKNOWN_GROUP:
            return await perform(truth, clear(group, [user], now=now))
    joined = [(Membership.decode(value), UserId(name)) async for name, value in truth.scan(tables.members(group))]
    heirs = sorted((it.ts, name) for it, name in joined if it.role is Role.MEMBER)
    for _, heir in heirs:
        try:
            return await perform(truth, depart(group, user, heir, now=now))
        except Refused:
            continue  # gone meanwhile, or deleted as well: the next in line
    raise Refused(f"{group}: nobody is left who could own it", Code.LAST_OWNER)


def _sort_asks(user: UserId, others: list[UserId], now: int) -> Operation:
    """The list of asks that wait for an administrator, brought in line with the policies."""
    cells = [Cell(tables.USERS, user)]
    for other in others:
        cells += (Cell(tables.USERS, other), *_both(user, other))

    def judge(facts: Facts) -> Draft:
        put: dict[Cell, bytes | None] = {}
        mine = facts.person(user).policy
        for other in others:
            record = facts.user(other)
            admin = record is not None and Policies(mine, record.policy).admin
            for owner, actor in ((user, other), (other, user)):
                ask = facts.contact(owner, actor)
                waits = admin and ask.side.mine is Edge.ASKED
                put[Cell(tables.PENDING, fields.pending(owner, actor))] = _pending(ask) if waits else None
        return Draft(put)

    return Operation("contacts.sort", ADMIN, now, (user,), tuple(cells), judge)


def _pending(ask: Contact) -> bytes:
    return Pending(ask.ts, ask.greeting).encode()


def _both(one: UserId, two: UserId) -> tuple[Cell, Cell]:
    return Cell(tables.contacts(one), two), Cell(tables.contacts(two), one)
