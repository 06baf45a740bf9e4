"""Listings: pages that fit into one answer, for a device; streams without an end, for an administrator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from contacts.operations import fields
from contacts.operations.operation import Facts
from xasup.protocol import codec
from xasup.protocol.errors import Code, Refused
from xasup.protocol.groups import Role, in_directory
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.records import STRANGERS, Contact, Device, Group, Membership, Pending, User
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Truth

ROOM = 64_000  # bytes of entries in one answer; the broker lets 65,536 pass
_STRIDES = (100, 20)  # cells read at a time; 20 of the longest fit
Entry = dict[str, Any]
Spell = Callable[[Sequence[tuple[str, bytes]]], Awaitable[list[Entry]]]


async def contacts(truth: Truth, me: UserId, after: str, limit: int) -> Entry:
    """`contacts` and `next`."""

    async def spell(cells: Sequence[tuple[str, bytes]]) -> list[Entry]:
        known = ((other, Contact.decode(value)) for other, value in cells)
        return [_contact(other, record) for other, record in known if record.side != STRANGERS]

    return await _page(truth, tables.contacts(me), "contacts", (after, limit), spell)


async def groups(truth: Truth, me: UserId, after: str, limit: int) -> Entry:
    """`groups`, where *me* is in or invited, and `next`."""

    async def spell(cells: Sequence[tuple[str, bytes]]) -> list[Entry]:
        records = await truth.get([Cell(tables.GROUPS, group) for group, _ in cells])
        return [_group(group, value, record) for (group, value), record in zip(cells, records, strict=True)]

    return await _page(truth, tables.memberships(me), "groups", (after, limit), spell)


async def members(truth: Truth, group: GroupId, me: UserId | None, after: str, limit: int) -> Entry:
    """`members` and `next`, for who is in *group* (or, *me* None, an administrator). Raises Refused."""
    cells = [Cell(tables.GROUPS, group)] + ([Cell(tables.members(group), me)] if me else [])
    facts = Facts(dict(zip(cells, await truth.get(cells), strict=True)))
    facts.group(group)
    if me is not None and in_directory(facts.role(group, me)) is None:
        raise Refused(f"you are not in {group}", Code.NOT_MEMBER)

    async def spell(cells: Sequence[tuple[str, bytes]]) -> list[Entry]:
        known = ((user, Membership.decode(value)) for user, value in cells)
        return [{"user": user, "role": it.role, "ts": it.ts} for user, it in known]

    return {"group": group} | await _page(truth, tables.members(group), "members", (after, limit), spell)


async def devices(truth: Truth, user: UserId, after: str, limit: int) -> Entry:
    """`devices`, with `expires` (seconds, 0: never), `created` and `seen` (milliseconds, 0: never), and `next`."""

    async def spell(cells: Sequence[tuple[str, bytes]]) -> list[Entry]:
        seen = await truth.get([Cell(tables.seen(user), device) for device, _ in cells])
        return [
            _device(name, Device.decode(value), int(at or 0)) for (name, value), at in zip(cells, seen, strict=True)
        ]

    return await _page(truth, tables.devices(user), "devices", (after, limit), spell)


async def all_users(truth: Truth) -> AsyncIterator[tuple[UserId, User]]:
    """Tombstones and services included."""
    async for user, value in truth.scan(tables.USERS):
        yield UserId(user), User.decode(value)


async def all_groups(truth: Truth) -> AsyncIterator[tuple[GroupId, Group]]:
    """Those that ended included."""
    async for group, value in truth.scan(tables.GROUPS):
        yield GroupId(group), Group.decode(value)


async def all_contacts(truth: Truth, user: UserId) -> AsyncIterator[tuple[UserId, Contact]]:
    """One user's side of each relation."""
    async for other, value in truth.scan(tables.contacts(user)):
        if (record := Contact.decode(value)).side != STRANGERS:
            yield UserId(other), record


async def all_members(truth: Truth, group: GroupId) -> AsyncIterator[tuple[UserId, Membership]]:
    """The invited included."""
    async for user, value in truth.scan(tables.members(group)):
        yield UserId(user), Membership.decode(value)


async def pending(truth: Truth) -> AsyncIterator[tuple[UserId, UserId, Pending]]:
    """Asks that wait for an administrator: owner, actor, the ask."""
    async for field, value in truth.scan(tables.PENDING):
        yield *fields.pending_pair(field), Pending.decode(value)


async def owner_of(truth: Truth, group: GroupId) -> UserId | None:
    """None where the group is not, or not any more."""
    async for user, membership in all_members(truth, group):
        if membership.role is Role.OWNER:
            return user
    return None


async def _page(truth: Truth, table: str, name: str, page: tuple[str, int], spell: Spell) -> Entry:
    """As many entries as are asked for, or as fit."""
    entries: list[Entry] = []
    room, stride, (after, limit) = ROOM, _STRIDES[0], page
    while True:
        cells, following = await truth.page(table, after, min(stride, limit - len(entries)))
        spelled = await spell(cells)
        size = len(codec.encode(spelled))
        if size > room and entries:
            break
        if size > room and stride != _STRIDES[-1]:
            stride = _STRIDES[-1]
            continue
        entries, room, after = entries + spelled, room - size, following
        if not after or len(entries) >= limit:
            break
    return {name: entries, "next": after}


def _contact(other: str, record: Contact) -> Entry:
    entry = {"user": other, "mine": record.side.mine, "theirs": record.side.theirs, "ts": record.ts}
    return entry | ({"greeting": record.greeting} if record.greeting else {})


def _group(group: str, value: bytes, record: bytes | None) -> Entry:
    membership = Membership.decode(value)
    name = Group.decode(record).name if record is not None else group
    return {"group": group, "name": name, "role": membership.role, "ts": membership.ts}


def _device(device: str, record: Device, seen: int) -> Entry:
    entry = {"device": device, "expires": record.expires, "created": record.created, "by": record.by, "seen": seen}
    return entry | ({"code": True} if record.code else {}) | ({"label": record.label} if record.label else {})
