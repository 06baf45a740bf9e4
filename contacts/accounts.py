"""Accounts as those who start a backend need them: services with their tokens, people with devices, contacts, groups.

Thin: the decisions are in contacts/operations. Refuses to know: who calls, clocks (*now* is given in milliseconds since
the epoch), how a token is made and where it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from contacts.operations import contacts, devices, groups, users
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from xasup.protocol.contacts import Op
from xasup.protocol.ids import ClientId, GroupId, UserId, device_id
from xasup.wire.truth.port import Truth


async def ensure_service(truth: Truth, account: UserId, node: str, token: str, now: int) -> None:
    """The service's account exists, and `account:node` has just this token. Raises Malformed for a wrong *node*."""
    await users.ensure_service(truth, ClientId(account, device_id(node)), token, now=now)


async def create_person(truth: Truth, user: UserId, now: int) -> None:
    """A new user with the defaults. Raises Refused where the id is or was taken, Malformed for a service's name."""
    await users.create(truth, user, now=now)


async def create_device(truth: Truth, client: ClientId, token: str, now: int) -> None:
    """A new device that never expires. Raises Refused where the user is unknown, or has such a device already."""
    await perform(truth, devices.link(client, devices.hash_of(token), by=ADMIN, now=now))


async def befriend(truth: Truth, one: UserId, other: UserId, now: int) -> None:
    """*one* asks and *other* accepts. Raises Refused where either is unknown, or has said otherwise."""
    await perform(truth, contacts.act(Op.ASK, one, other, now=now))
    await perform(truth, contacts.act(Op.ACCEPT, other, one, now=now))


async def found_group(truth: Truth, group: GroupId, owner: UserId, members: Sequence[UserId], now: int) -> None:
    """A new group that *members*, contacts of *owner*, have joined. Raises Refused."""
    await perform(truth, groups.create(group, owner, members, name=group, by=owner, now=now))
    for member in members:
        await perform(truth, groups.join(group, member, now=now))
