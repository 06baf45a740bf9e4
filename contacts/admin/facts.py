"""What is told of users and groups, in words and as JSON; and what is said when there is no such one."""

from __future__ import annotations

from typing import Any

from contacts.admin.desk import Desk
from contacts.operations.operation import Facts
from xasup.protocol import access
from xasup.protocol.directory import Flag, UserRecord
from xasup.protocol.errors import Code, Refused
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.records import Group, User
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell


async def find_user(desk: Desk, user: UserId) -> User:
    """A person or service that is not deleted. Raises Refused."""
    record = (await _facts(desk, Cell(tables.USERS, user))).user(user)
    if record is None or record.deleted:
        raise Refused(f"there is no user {user}", Code.UNKNOWN_USER)
    return record


async def find_group(desk: Desk, group: GroupId) -> Group:
    """A group that has not ended. Raises Refused."""
    return (await _facts(desk, Cell(tables.GROUPS, group))).group(group)


def state_of(record: User) -> str:
    """In one word."""
    if record.deleted:
        return "deleted"
    if Flag.SERVICE in record.flags:
        return "service"
    return "suspended" if Flag.SUSPENDED in record.flags else "active"


def rate_of(desk: Desk, record: User) -> access.Rate | None:
    """What the broker takes, with the backend that runs; None: no limit."""
    return access.rate_of(UserRecord(record.flags, record.rate, record.burst), desk.usual)


def rate_facts(desk: Desk, record: User) -> dict[str, Any]:
    """What is in force, 0 for no limit; *usual*: as for everybody to whom no other rate is given."""
    limit = rate_of(desk, record)
    return {
        "rate": limit.rate if limit else 0,
        "burst": limit.burst if limit else 0,
        "usual": record.rate == 0 and not record.flags & Flag.SERVICE,
    }


def user_facts(desk: Desk, user: UserId, record: User) -> dict[str, Any]:
    """As JSON says it; *created* in milliseconds since the epoch."""
    return {
        "user": user,
        "state": state_of(record),
        "policy": record.policy,
        **rate_facts(desk, record),
        "created": record.created,
        "name": record.name,
    }


def group_facts(group: GroupId, record: Group) -> dict[str, Any]:
    """As JSON says it; *created* in milliseconds since the epoch."""
    return {
        "group": group,
        "state": "ended" if record.deleted else "active",
        "members": record.size.members,
        "invited": record.size.invited,
        "created": record.created,
        "by": record.by,
        "name": record.name,
    }


async def _facts(desk: Desk, cell: Cell) -> Facts:
    return Facts({cell: (await desk.truth.get([cell]))[0]})
