"""What the cells of the truth say: one small record per kind of table, as JSON, and what each means for the directory.

`edits_of` is the only road from the truth to the directory: a decision takes it when it is made, a rebuild when it
starts from nothing, so that both give the same file. Refuses to know: where cells are kept, who decides what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from xasup.protocol import codec
from xasup.protocol.contacts import Edge, Policy, Side, Told
from xasup.protocol.directory import (
    NO_FLAGS,
    DeviceRecord,
    Edit,
    Flag,
    UserRecord,
    set_contact,
    set_device,
    set_member,
    set_user,
)
from xasup.protocol.errors import Malformed
from xasup.protocol.groups import Role, Size, in_directory
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId


class Table(StrEnum):
    """The kinds of tables; those that belong to one user or group are named `{kind}:{owner}`."""

    USERS = "users"
    DEVICES = "devices"
    SEEN = "seen"
    CONTACTS = "contacts"
    GROUPS = "groups"
    MEMBERS = "members"
    MEMBERSHIPS = "memberships"
    PENDING = "pending"
    EXPIRIES = "expiries"
    POSITIONS = "positions"
    CHORES = "chores"


_EDGES, _TOLD = {str(edge): edge for edge in Edge}, {str(told): told for told in Told}
STRANGERS, FOUNDER = Side(), Size(members=1)


@dataclass(frozen=True, slots=True)
class User:
    """A cell of `users`. *rate*, *burst*: as in the directory's record; *created*, *deleted*: milliseconds since the
    epoch. A deleted user (*deleted* not 0) stays as a tombstone: the id is never given again."""

    policy: Policy = Policy.ASK
    flags: Flag = NO_FLAGS
    rate: int = 0
    burst: int = 0
    name: str = ""
    created: int = 0
    deleted: int = 0

    def encode(self) -> bytes:
        fields = {
            "policy": self.policy,
            "flags": int(self.flags),
            "rate": self.rate,
            "burst": self.burst,
            "name": self.name,
            "created": self.created,
        }
        return codec.encode(fields | ({"deleted": self.deleted} if self.deleted else {}))

    @classmethod
    def decode(cls, data: bytes) -> User:
        """Raises Malformed."""
        return _decode_user(data)


@dataclass(frozen=True, slots=True)
class Device:
    """A cell of `devices:{user}`. *token_sha256*: 32 bytes, in hexadecimal in the cell; *expires*: seconds since the
    epoch, 0 for never; *created*: milliseconds since the epoch; *by*: the user who linked it, or `admin`; *code*: the
    token is a link code, which waits to be claimed; *label*: what its owner calls it."""

    token_sha256: bytes
    expires: int = 0
    created: int = 0
    by: str = ""
    code: bool = False
    label: str = ""

    def encode(self) -> bytes:
        fields = {
            "token_sha256": self.token_sha256.hex(),
            "expires": self.expires,
            "created": self.created,
            "by": self.by,
        }
        marks = {"code": True} if self.code else {}
        return codec.encode(fields | marks | ({"label": self.label} if self.label else {}))

    @classmethod
    def decode(cls, data: bytes) -> Device:
        """Raises Malformed."""
        return _read("device", data, _device)


@dataclass(frozen=True, slots=True)
class Contact:
    """A cell of `contacts:{me}`: my side of a relation. *ts*: of its last change, milliseconds since the epoch."""

    side: Side = STRANGERS
    ts: int = 0
    greeting: str = ""

    def encode(self) -> bytes:
        fields = {"mine": self.side.mine, "theirs": self.side.theirs, "ts": self.ts}
        return codec.encode(fields | ({"greeting": self.greeting} if self.greeting else {}))

    @classmethod
    def decode(cls, data: bytes) -> Contact:
        """Raises Malformed."""
        return _read("contact", data, _contact)


@dataclass(frozen=True, slots=True)
class Group:
    """A cell of `groups`. *created*, *deleted*, *ts* (last change): milliseconds since the epoch; *by*: its founder.
    A group that ended (*deleted* not 0) stays as a tombstone: its id is never given again."""

    name: str
    created: int
    by: str
    size: Size = FOUNDER
    deleted: int = 0
    ts: int = 0

    def encode(self) -> bytes:
        fields = {
            "name": self.name,
            "created": self.created,
            "ts": self.ts,
            "by": self.by,
            "members": self.size.members,
            "invited": self.size.invited,
        }
        return codec.encode(fields | ({"deleted": self.deleted} if self.deleted else {}))

    @classmethod
    def decode(cls, data: bytes) -> Group:
        """Raises Malformed."""
        return _read("group", data, _group)


@dataclass(frozen=True, slots=True)
class Membership:
    """A cell of `members:{group}`, and the same of `memberships:{user}`. *ts*: milliseconds since the epoch."""

    role: Role
    ts: int = 0

    def encode(self) -> bytes:
        return codec.encode({"role": self.role, "ts": self.ts})

    @classmethod
    def decode(cls, data: bytes) -> Membership:
        """Raises Malformed."""
        return _read("membership", data, lambda fields: cls(Role(fields["role"]), int(fields["ts"])))


@dataclass(frozen=True, slots=True)
class Pending:
    """A cell of `pending`, under `owner/actor`: an ask that waits for an administrator."""

    ts: int
    greeting: str = ""

    def encode(self) -> bytes:
        return codec.encode({"ts": self.ts} | ({"greeting": self.greeting} if self.greeting else {}))

    @classmethod
    def decode(cls, data: bytes) -> Pending:
        """Raises Malformed."""
        return _read("pending", data, lambda fields: cls(int(fields["ts"]), fields.get("greeting", "")))


def edits_of(cells: Iterable[tuple[tuple[str, str], bytes | None]]) -> tuple[Edit, ...]:
    """What the broker must know of these cells, given as ((table, field), value); None: the cell is gone. As in
    `edits_of(step.put.items())`. Tables that do not concern the broker give nothing. Raises Malformed."""
    found = (_edit_of(table, field, value) for (table, field), value in cells)
    return tuple(edit for edit in found if edit is not None)


def _edit_of(table: str, field: str, value: bytes | None) -> Edit | None:
    kind, _, owner = table.partition(":")
    build = _EDITS.get(kind)
    return build(owner, field, value) if build else None


def _user_edit(_: str, user: str, value: bytes | None) -> Edit:
    record = User.decode(value) if value is not None else None
    if record is None or record.deleted:
        return set_user(UserId(user), None)
    return set_user(UserId(user), UserRecord(record.flags, record.rate, record.burst))


def _device_edit(user: str, device: str, value: bytes | None) -> Edit:
    record = Device.decode(value) if value is not None else None
    client = ClientId(UserId(user), DeviceId(device))
    return set_device(client, DeviceRecord(record.token_sha256, record.expires) if record else None)


def _contact_edit(me: str, other: str, value: bytes | None) -> Edit:
    accepted = value is not None and _read("contact", value, _is_open)
    return set_contact(UserId(me), UserId(other), accepted)


def _member_edit(group: str, user: str, value: bytes | None) -> Edit:
    role = Membership.decode(value).role if value is not None else Role.NONE
    return set_member(GroupId(group), UserId(user), in_directory(role))


_EDITS: dict[str, Callable[[str, str, bytes | None], Edit]] = {
    Table.USERS: _user_edit,
    Table.DEVICES: _device_edit,
    Table.CONTACTS: _contact_edit,
    Table.MEMBERS: _member_edit,
}

_Record = TypeVar("_Record")


def _read(kind: str, data: bytes, build: Callable[[dict[str, Any]], _Record]) -> _Record:
    fields = codec.decode_object(data)
    try:
        return build(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"{kind} cell: {type(error).__name__} {error}") from None


@lru_cache(maxsize=4096)
def _decode_user(data: bytes) -> User:
    # Read for both sides of every decision, changed seldom, and most users' cells are the same.
    return _read("user", data, _user)


def _user(fields: dict[str, Any]) -> User:
    return User(
        policy=Policy(fields["policy"]),
        flags=Flag(fields["flags"]),
        rate=int(fields["rate"]),
        burst=int(fields["burst"]),
        name=fields["name"],
        created=int(fields["created"]),
        deleted=int(fields.get("deleted", 0)),
    )


def _device(fields: dict[str, Any]) -> Device:
    token = bytes.fromhex(fields["token_sha256"])
    if len(token) != 32:
        raise ValueError(f"token_sha256 of {len(token)} bytes")
    code, label = fields.get("code", False) is True, fields.get("label", "")
    return Device(token, int(fields["expires"]), int(fields["created"]), fields["by"], code, label)


def _contact(fields: dict[str, Any]) -> Contact:
    side = Side(_EDGES[fields["mine"]], _TOLD[fields["theirs"]])
    return Contact(side, int(fields["ts"]), fields.get("greeting", ""))


def _is_open(fields: dict[str, Any]) -> bool:
    return _EDGES[fields["mine"]] is Edge.ACCEPTED


def _group(fields: dict[str, Any]) -> Group:
    size = Size(int(fields["members"]), int(fields["invited"]))
    deleted, ts = int(fields.get("deleted", 0)), int(fields.get("ts", 0))
    return Group(fields["name"], int(fields["created"]), fields["by"], size, deleted, ts)
