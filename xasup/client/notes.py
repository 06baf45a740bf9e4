"""What services say, read into values. Pure: `read` knows the fields of events, not what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xasup.client.sorting import Note
from xasup.protocol import codec, events
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable, XasupError
from xasup.protocol.groups import Role
from xasup.protocol.ids import device_id, group_id, user_id
from xasup.wire.store import ContactRow, GroupRow


@dataclass(frozen=True, slots=True)
class Answer:
    """To the request *id*; *error*: None where it was carried out."""

    id: str
    op: str
    payload: events.Payload
    error: XasupError | None


@dataclass(frozen=True, slots=True)
class MemberNews:
    """*name*: the group's new display name, where that is the news."""

    group: str
    user: str
    role: Role
    by: str
    ts: int
    name: str | None


@dataclass(frozen=True, slots=True)
class DeviceNews:
    """A device of mine."""

    device: str
    linked: bool
    by: str
    code: bool = False
    label: str = ""
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class RefusalNews:
    """The broker says why it did not let something to *topic* pass."""

    topic: str
    reason: str


Said = Answer | ContactRow | GroupRow | MemberNews | DeviceNews | RefusalNews


def read(note: Note) -> Said | None:
    """None for an event that we do not know. Raises Malformed where a field is missing or of another kind."""
    reader = _READERS.get(str(note.payload.get("event")))
    if reader is None:
        return None
    try:
        return reader(note.payload)
    except (KeyError, TypeError, ValueError) as error:
        what = note.payload.get("event")
        raise Malformed(f"event {what!r} of {note.service}: {type(error).__name__} {error}") from None


def contact_row(fields: dict[str, Any]) -> ContactRow:
    """Of an event, or of an entry of a listing. Raises KeyError, ValueError, Malformed."""
    mine, theirs = Edge(fields["mine"]), Told(fields["theirs"])
    return ContactRow(
        user_id(fields["user"]), mine, theirs, codec.count(fields, "ts", 0), str(fields.get("greeting", ""))
    )


def group_row(fields: dict[str, Any]) -> GroupRow:
    """The same."""
    role, name = Role(fields["role"]), str(fields.get("name") or "")
    return GroupRow(group_id(fields["group"]), name, role, str(fields.get("by", "")), codec.count(fields, "ts", 0))


def _answer(fields: dict[str, Any]) -> Answer | None:
    id = fields["id"]
    if not isinstance(id, str):
        return None  # an answer to something that had no id: nobody of us waits for it
    error = None if fields["ok"] is True else _error(str(fields.get("code")), str(fields.get("reason", "")))
    return Answer(id, str(fields.get("op") or ""), fields, error)


def _error(code: str, reason: str) -> XasupError:
    known = Code(code) if code in set(Code) else None
    if known in (Code.MALFORMED, Code.CONFLICT):
        return Malformed(reason, known)
    if known is Code.UNAVAILABLE:
        return Unavailable(reason, known)
    return Refused(reason, known)


def _member(fields: dict[str, Any]) -> MemberNews:
    name = fields.get("name")
    return MemberNews(
        group=group_id(fields["group"]),
        user=user_id(fields["user"]),
        role=Role(fields["role"]),
        by=str(fields.get("by", "")),
        ts=codec.count(fields, "ts", 0),
        name=str(name) if name is not None else None,
    )


def _device(fields: dict[str, Any]) -> DeviceNews:
    return DeviceNews(
        device=device_id(fields["device"]),
        linked=fields["linked"] is True,
        by=str(fields.get("by", "")),
        code=fields.get("code") is True,
        label=str(fields.get("label", "")),
        renamed=fields.get("renamed") is True,
    )


def _refusal(fields: dict[str, Any]) -> RefusalNews:
    return RefusalNews(str(fields["topic"]), str(fields["reason"]))


_READERS: dict[str, Callable[[dict[str, Any]], Said | None]] = {
    events.ANSWER: _answer,
    events.CONTACT: contact_row,
    events.GROUP: group_row,
    events.MEMBER: _member,
    events.DEVICE: _device,
    events.REFUSED: _refusal,
}
