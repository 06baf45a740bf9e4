"""The directory: what the broker must know to decide, as keys and values of a key-value file.

Refuses to know: LMDB, Redis, files. The plugin (broker/plugin/xasup_acl.c) reads these bytes; `Reader` is what the
Python model of the rules asks. All integers are little-endian.

    u/{user}            flags u32 | rate u32 | burst u32          rate: publishes a second, 0: the broker's
    d/{user}:{device}   token SHA-256 [32] | expires u64          seconds since the epoch, 0: never
    c/{owner}/{actor}   0x01                                      owner accepts actor
    g/{group}/{user}    role u8                                   1: member, 2: owner
    m/schema            version u32
    m/applied           id of the last applied change, ASCII
    m/moved             present: this file has been superseded, open the current one
    m/sum               sum modulo 2^64 of the seals of all keys but those that begin with m/, u64

Each value but that of m/schema is followed by its seal: the CRC-32 of key and value. A flipped bit in a file thus opens
nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, Protocol

from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, GroupId, UserId

SCHEMA = 2
META = b"m/"
META_SCHEMA, META_APPLIED, META_MOVED, META_SUM = b"m/schema", b"m/applied", b"m/moved", b"m/sum"
SEAL = 4  # bytes
NO_RATE = 2**32 - 1  # publishes a second: no limit
_USER, _DEVICE = struct.Struct("<III"), struct.Struct("<32sQ")


class Flag(IntFlag):
    """What is special about a user."""

    SUSPENDED = 1
    SERVICE = 2


NO_FLAGS = Flag(0)


class Role(IntEnum):
    """A user's part in a group. An invitation is not a role: the broker treats the invited as strangers."""

    MEMBER = 1
    OWNER = 2


@dataclass(frozen=True, slots=True)
class UserRecord:
    """*rate*: publishes a second (0: what the broker grants everybody; NO_RATE: no limit); *burst*: the depth of the
    token bucket."""

    flags: Flag = NO_FLAGS
    rate: int = 0
    burst: int = 0

    def pack(self) -> bytes:
        return _USER.pack(self.flags, self.rate, self.burst)

    @classmethod
    def unpack(cls, data: bytes) -> UserRecord:
        flags, rate, burst = _fixed(_USER, data)
        return cls(Flag(flags), rate, burst)


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """*token_sha256*: of the password; *expires*: seconds since the epoch, 0 for never."""

    token_sha256: bytes
    expires: int = 0

    def pack(self) -> bytes:
        return _DEVICE.pack(self.token_sha256, self.expires)

    @classmethod
    def unpack(cls, data: bytes) -> DeviceRecord:
        return cls(*_fixed(_DEVICE, data))


class Reader(Protocol):
    """The questions that the rules ask. Raises Unavailable when the directory cannot be read."""

    def user(self, user: UserId) -> UserRecord | None: ...
    def device(self, client: ClientId) -> DeviceRecord | None: ...
    def accepts(self, owner: UserId, actor: UserId) -> bool: ...
    def role(self, group: GroupId, user: UserId) -> Role | None: ...


@dataclass(frozen=True, slots=True)
class Edit:
    """One key to write, or to delete when *value* is None."""

    key: bytes
    value: bytes | None


def sealed(key: bytes, value: bytes) -> bytes:
    """As it lies in the file."""
    return value if key == META_SCHEMA else value + seal(key, value).to_bytes(SEAL, "little")


def unsealed(key: bytes, data: bytes) -> bytes:
    """The value. Raises Malformed where it is not what was written under this key."""
    if key == META_SCHEMA:
        return data
    value = data[:-SEAL]
    if len(data) < SEAL or seal(key, value) != int.from_bytes(data[-SEAL:], "little"):
        raise Malformed(f"{key!r} is not what was written: its seal is broken")
    return value


def seal(key: bytes, value: bytes) -> int:
    """Less than 2^32."""
    return zlib.crc32(value, zlib.crc32(key))


def user_key(user: UserId) -> bytes:
    return f"u/{user}".encode()


def device_key(client: ClientId) -> bytes:
    return f"d/{client}".encode()


def contact_key(owner: UserId, actor: UserId) -> bytes:
    return f"c/{owner}/{actor}".encode()


def member_key(group: GroupId, user: UserId) -> bytes:
    return f"g/{group}/{user}".encode()


def set_user(user: UserId, record: UserRecord | None) -> Edit:
    """Create, change, suspend or (None) delete a user."""
    return Edit(user_key(user), record.pack() if record else None)


def set_device(client: ClientId, record: DeviceRecord | None) -> Edit:
    """Link or (None) revoke a device."""
    return Edit(device_key(client), record.pack() if record else None)


def set_contact(owner: UserId, actor: UserId, accepted: bool) -> Edit:
    """Open or close the way from *actor* to *owner*."""
    return Edit(contact_key(owner, actor), b"\x01" if accepted else None)


def set_member(group: GroupId, user: UserId, role: Role | None) -> Edit:
    """Change a role, or (None) put out of the group."""
    return Edit(member_key(group, user), bytes([role]) if role else None)


class MemoryDirectory:
    """The memory twin of the LMDB directory: a dictionary of the same keys and bytes."""

    def __init__(self, edits: Iterable[Edit] = ()) -> None:
        self.cells: dict[bytes, bytes] = {}
        self.apply(edits)

    def apply(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            if edit.value is None:
                self.cells.pop(edit.key, None)
            else:
                self.cells[edit.key] = edit.value

    def user(self, user: UserId) -> UserRecord | None:
        data = self.cells.get(user_key(user))
        return UserRecord.unpack(data) if data is not None else None

    def device(self, client: ClientId) -> DeviceRecord | None:
        data = self.cells.get(device_key(client))
        return DeviceRecord.unpack(data) if data is not None else None

    def accepts(self, owner: UserId, actor: UserId) -> bool:
        return contact_key(owner, actor) in self.cells

    def role(self, group: GroupId, user: UserId) -> Role | None:
        data = self.cells.get(member_key(group, user))
        return Role(data[0]) if data is not None else None


def _fixed(layout: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) != layout.size:
        raise Malformed(f"directory record of {len(data)} bytes: expected {layout.size}")
    return layout.unpack(data)
