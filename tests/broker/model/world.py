"""What a directory says, as a value, and whatever can become of it.

Refuses to know: what follows from it, brokers, files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from xasup.protocol.directory import (
    DeviceRecord,
    Flag,
    MemoryDirectory,
    Role,
    UserRecord,
    set_contact,
    set_device,
    set_member,
    set_user,
)
from xasup.protocol.ids import ClientId, GroupId, UserId

PAST, FUTURE = 1_000_000_000, 4_000_000_000  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Device:
    """*token*: how often it was changed; *expires*: seconds since the epoch, 0: never."""

    token: int = 0
    expires: int = 0


@dataclass(frozen=True)
class World:
    """*readable*: the directory is there. Users by name, with their flags; who accepts whom; who is in which group."""

    users: dict[str, Flag] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    accepts: frozenset[tuple[str, str]] = frozenset()
    members: frozenset[tuple[str, str]] = frozenset()
    readable: bool = True


class Become(StrEnum):
    """What can happen. Of a user (*who*): come … server; of a device: linked … lasting; of a pair: accepts … left."""

    COME = "come"
    GONE = "gone"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    SERVER = "server"
    NO_SERVER = "no server"
    LINKED = "linked"
    REVOKED = "revoked"
    ROTATED = "rotated"
    EXPIRED = "expired"
    LASTING = "lasting"
    ACCEPTS = "accepts"
    REFUSES = "refuses"
    JOINED = "joined"
    LEFT = "left"
    HIDDEN = "hidden"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Change:
    """*who*: a user, a client id, or the owner (group) of a pair; *other*: the actor (member) of a pair."""

    become: Become
    who: str = ""
    other: str = ""


def token(client: str, number: int) -> str:
    """The *number*-th token of a device."""
    return f"token {number} of {client}"


def after(world: World, change: Change) -> World:
    """The world as it is then."""
    pair = (change.who, change.other)
    match change.become:
        case Become.COME | Become.GONE | Become.SUSPENDED | Become.RESUMED | Become.SERVER | Become.NO_SERVER:
            return replace(world, users=_users(world.users, change))
        case Become.LINKED | Become.REVOKED | Become.ROTATED | Become.EXPIRED | Become.LASTING:
            return replace(world, devices=_devices(world.devices, change))
        case Become.ACCEPTS:
            return replace(world, accepts=world.accepts | {pair})
        case Become.REFUSES:
            return replace(world, accepts=world.accepts - {pair})
        case Become.JOINED:
            return replace(world, members=world.members | {pair})
        case Become.LEFT:
            return replace(world, members=world.members - {pair})
        case Become.HIDDEN | Become.FOUND:
            return replace(world, readable=change.become is Become.FOUND)


def _users(users: dict[str, Flag], change: Change) -> dict[str, Flag]:
    rest = {name: flags for name, flags in users.items() if name != change.who}
    now = users.get(change.who)
    if change.become is Become.GONE:
        return rest
    if now is None:
        return {**rest, change.who: Flag(0)} if change.become is Become.COME else rest
    flags = {
        Become.COME: now,
        Become.SUSPENDED: now | Flag.SUSPENDED,
        Become.RESUMED: now & ~Flag.SUSPENDED,
        Become.SERVER: now | Flag.SERVICE,
        Become.NO_SERVER: now & ~Flag.SERVICE,
    }
    return {**rest, change.who: flags[change.become]}


def _devices(devices: dict[str, Device], change: Change) -> dict[str, Device]:
    rest = {name: device for name, device in devices.items() if name != change.who}
    now = devices.get(change.who)
    if change.become is Become.REVOKED:
        return rest
    if now is None:
        return {**rest, change.who: Device()} if change.become is Become.LINKED else rest
    new = {
        Become.LINKED: now,
        Become.ROTATED: replace(now, token=now.token + 1),
        Become.EXPIRED: replace(now, expires=PAST),
        Become.LASTING: replace(now, expires=FUTURE),
    }
    return {**rest, change.who: new[change.become]}


def cells(world: World) -> dict[bytes, bytes]:
    """The world in the directory's keys and bytes."""
    memory = MemoryDirectory()
    memory.apply(set_user(UserId(name), UserRecord(flags)) for name, flags in world.users.items())
    for client, device in world.devices.items():
        digest = sha256(token(client, device.token).encode()).digest()
        memory.apply([set_device(ClientId.parse(client), DeviceRecord(digest, device.expires))])
    memory.apply(set_contact(UserId(owner), UserId(actor), True) for owner, actor in world.accepts)
    memory.apply(set_member(GroupId(group), UserId(user), Role.MEMBER) for group, user in world.members)
    return memory.cells
