"""Writes into a log what the bridge would: messages, receipts, memberships, each with its headers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count

from xasup.protocol import codec, envelope, events, receipts, streams, topics
from xasup.protocol.envelope import Message
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.protocol.receipts import Receipt
from xasup.protocol.streams import SPEC_VERSION, Header, Stream, Type
from xasup.protocol.topics import Address
from xasup.wire.log.port import Entry, Log, Position, Record

NOW = 1_792_000_000_000  # milliseconds
_ids = count(1)


def message(sender: str, to: str, id: str, at: int = NOW, text: str = "hello") -> Record:
    """*to*: a user, or `g:{group}`."""
    return raw(sender, to, envelope.encode(Message(MessageId(id), at, text, 1)), at, id)


def raw(sender: str, to: str, payload: bytes, at: int = NOW, id: str = "") -> Record:
    """A message of any bytes; without an *id*, as from a simple device."""
    topic = (
        topics.group_message(GroupId(to[2:]), UserId(sender))
        if to.startswith("g:")
        else topics.message(UserId(to), UserId(sender))
    )
    return record(topic, Type.MESSAGE, payload, at, id or f"given.{next(_ids)}")


def receipt(by: str, author: str, delivered: Iterable[str] = (), read: Iterable[str] = (), at: int = NOW) -> Record:
    payload = receipts.encode(Receipt(tuple(map(MessageId, delivered)), tuple(map(MessageId, read))))
    return record(topics.receipt(UserId(author), UserId(by)), Type.RECEIPT, payload, at)


def membership(user: str, group: str, role: str, at: int = NOW) -> Record:
    payload = codec.encode(events.group(group, group, role, "alice", at))
    key = streams.group(GroupId(group))
    return record(topics.event(UserId(user), "groups"), Type.MEMBERSHIP, payload, at, key=key)


def record(topic: str, type: Type, payload: bytes, at: int, id: str = "", key: str = "") -> Record:
    address = topics.parse(topic)
    headers = {
        Header.SPEC: SPEC_VERSION,
        Header.SOURCE: "local",
        Header.TYPE: type,
        Header.SUBJECT: topic,
        Header.FROM: address.actor,
        Header.TO: address.owner,
        Header.ID: id or f"given.{next(_ids)}",
        Header.TIME: datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    stream = Stream.RECEIPTS if type is Type.RECEIPT else Stream.MESSAGES
    key = key or streams.conversation(Address(address.space, address.owner, address.kind, address.actor))
    return Record(stream, key.encode(), payload, [(name.value, value.encode()) for name, value in headers.items()])


def poison(value: bytes = b"{", **headers: str) -> Record:
    """Nothing that anybody understands."""
    return Record(Stream.MESSAGES, b"?", value, [(name, value.encode()) for name, value in headers.items()])


def read(*records: Record) -> list[Entry]:
    """As a log would give them."""
    return [
        Entry(each.stream, Position(0, str(number)), each.key, each.value, dict(each.headers), NOW + 5000)
        for number, each in enumerate(records, 1)
    ]


async def write(log: Log, *records: Record) -> list[Position]:
    """Durable when it returns."""
    outcomes = await log.append(records)
    assert all(isinstance(outcome, Position) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Position)]


async def no_bridge() -> None:
    """The fence of a log that only the test writes."""
