"""What a record of the log says, as far as the audit asks. Pure. Refuses to know: which log, what is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from xasup.protocol import codec, envelope, receipts
from xasup.protocol.errors import Malformed
from xasup.protocol.streams import Header, Stream, Type
from xasup.wire.log.port import Entry

_CONTACTS = "contacts."
_MOST = 1 << 53


class Message(NamedTuple):
    """*recipient*: a user, or `g:{group}`; *src*: which device of the sender counts, "" where it does not say;
    *digest*: of topic and payload; *taken*: when the bridge took it, *ts*: when its sender says to have written it,
    both in milliseconds since the epoch, 0 where nobody says; *n*: 0 where nobody counts."""

    sender: str
    id: str
    recipient: str
    talk: str
    src: str
    n: int
    digest: bytes
    position: str
    taken: int
    ts: int


class Receipt(NamedTuple):
    """That *by* got message *id* of *sender*; *kind*: `delivered` or `read`."""

    sender: str
    id: str
    by: str
    kind: str
    position: str
    taken: int


class Decision(NamedTuple):
    """*what*: as `accept`; about *other*, "" where it is about all of them; *ts*: milliseconds since the epoch."""

    what: str
    me: str
    other: str
    ts: int


class Unreadable(NamedTuple):
    """A record that is not what its stream holds."""

    stream: str
    position: str
    reason: str


Fact = Message | Receipt | Decision | Unreadable


def facts_of(entry: Entry) -> Iterator[Fact]:
    """None of what does not matter here: memberships, decisions about groups and devices. Never fails."""
    try:
        match entry.stream:
            case Stream.MESSAGES:
                yield from _messages(entry)
            case Stream.RECEIPTS:
                yield from _receipts(entry)
            case Stream.CONTACTS:
                yield from _decisions(codec.decode_object(entry.value))
    except Malformed as error:
        yield Unreadable(entry.stream, str(entry.position), str(error))


def _messages(entry: Entry) -> Iterator[Message]:
    if _header(entry, Header.TYPE) == Type.MEMBERSHIP:
        return
    sender, id, topic = (_header(entry, name) for name in (Header.FROM, Header.ID, Header.SUBJECT))
    n, ts, src = _numbers(entry.value)
    talk = entry.key.decode(errors="backslashreplace")
    yield Message(
        sender=sender,
        id=id,
        recipient=talk if talk.startswith("g:") else _header(entry, Header.TO),
        talk=talk,
        src=src,
        n=n,
        digest=blake2b(topic.encode() + b"\0" + entry.value, digest_size=16).digest(),
        position=str(entry.position),
        taken=_taken(entry),
        ts=ts,
    )


def _numbers(payload: bytes) -> tuple[int, int, str]:
    """n, ts, src; nothing of plain text. Raises Malformed for an object that is no message."""
    try:
        fields = codec.decode_object(payload)
    except Malformed:
        return 0, 0, ""
    message, src = envelope.from_fields(fields), fields.get("src")
    return message.n, message.ts, src if isinstance(src, str) else ""


def _receipts(entry: Entry) -> Iterator[Receipt]:
    receipt = receipts.decode(entry.value)
    by, sender = _header(entry, Header.FROM), _header(entry, Header.TO)
    position, taken = str(entry.position), _taken(entry)
    for kind, ids in (("delivered", receipt.delivered), ("read", receipt.read)):
        for id in ids:
            yield Receipt(sender, id, by, kind, position, taken)


def _decisions(fields: Mapping[str, Any]) -> Iterator[Decision]:
    match fields:
        case {"what": str(what), "ts": int(ts), "subject": [str(me), *rest]} if what.startswith(_CONTACTS):
            if not 0 <= ts < _MOST:
                raise Malformed("decision: expected milliseconds since the epoch in ts")
            yield Decision(what.removeprefix(_CONTACTS), me, str(rest[0]) if rest else "", ts)
        case {"what": str(), "ts": int(), "subject": list()}:
            return
        case _:
            raise Malformed("decision: expected what, ts and subject")


def _header(entry: Entry, name: Header) -> str:
    text = entry.headers.get(str(name))
    if text is None:
        raise Malformed(f"the header {name} is missing")
    return text.decode(errors="backslashreplace")


def _taken(entry: Entry) -> int:
    try:
        return int(datetime.fromisoformat(_header(entry, Header.TIME)).timestamp() * 1000)
    except (Malformed, ValueError):
        return entry.at
