"""What the log holds, sorted into what the mailboxes keep. Pure. A record that cannot be understood is put aside with
the reason, and is in nobody's way.

Refuses to know: the log, the mailboxes, clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from xasup.protocol import codec, events, receipts, topics
from xasup.protocol.errors import Malformed
from xasup.protocol.groups import Role
from xasup.protocol.ids import UserId, group_id, message_id
from xasup.protocol.streams import ROUTES, Header, Type
from xasup.protocol.topics import Address
from xasup.wire.log.port import Entry, Shard
from xasup.wire.mailboxes import Batch, Letter, Membership, Sight

_ID, _TYPE, _TIME, _SUBJECT = (header.value for header in (Header.ID, Header.TYPE, Header.TIME, Header.SUBJECT))
_INSIDE = {Role.NONE: False, Role.INVITED: False, Role.MEMBER: True, Role.OWNER: True}
_at = attrgetter("at")
_TOPICS = 65_536  # that are remembered with what they say


class Aside(NamedTuple):
    """A record that is not kept, and why."""

    entry: Entry
    reason: str


def sort(entries: Iterable[Entry]) -> tuple[Batch, list[Aside]]:
    """In the order of each shard, and as the log's clock has it among shards, with the cursor behind them."""
    cursor: dict[Shard, str] = {}
    batch, aside = Batch(cursor), list[Aside]()
    for entry in _merged(entries):
        stream, (shard, offset), *_ = entry
        cursor[Shard(stream, shard)] = offset
        try:
            _BY_TYPE.get(entry.headers.get(_TYPE, b""), _unknown)(batch, entry)
        except Malformed as error:
            aside.append(Aside(entry, str(error)))
    return batch, aside


def _merged(entries: Iterable[Entry]) -> Iterable[Entry]:
    """A receipt behind the message that it speaks of, where both are here. A shard is never put into another order."""
    shards: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        shards.setdefault((entry.stream, entry.position.shard), []).append(entry)
    if len(shards) <= 1:
        return chain.from_iterable(shards.values())
    return merge(*(shards[shard] for shard in sorted(shards)), key=_at)


def _message(batch: Batch, entry: Entry) -> None:
    headers = entry.headers
    topic, _ = _subject(headers.get(_SUBJECT, b""), Type.MESSAGE)
    id = message_id(_text(headers, _ID))
    batch.letters.append(Letter(batch.order(), topic, id, _time(entry), str(entry.position), entry.value))


def _receipt(batch: Batch, entry: Entry) -> None:
    topic, address = _subject(entry.headers.get(_SUBJECT, b""), Type.RECEIPT)
    receipt, at = receipts.decode(entry.value), _time(entry)
    batch.letters.append(Letter(batch.order(), topic, None, at, str(entry.position), entry.value))
    author, by = UserId(address.owner), UserId(address.actor)
    batch.sights.extend(Sight(id, author, by, at, False) for id in receipt.delivered)
    batch.sights.extend(Sight(id, author, by, at, True) for id in receipt.read)


def _membership(batch: Batch, entry: Entry) -> None:
    _, address = _subject(entry.headers.get(_SUBJECT, b""), Type.MEMBERSHIP)
    fields = codec.decode_object(entry.value)
    if fields.get("event") != events.GROUP:
        return  # an answer, perhaps: no decision about anybody
    user, group = UserId(address.owner), group_id(_field(fields, "group", str))
    at, inside = codec.count(fields, "ts"), _inside(_field(fields, "role", str))
    batch.memberships.append(Membership(batch.order(), user, group, inside, at))


def _unknown(batch: Batch, entry: Entry) -> None:
    raise Malformed(f"{_TYPE}: {entry.headers.get(_TYPE, b'')[:80]!r} is nothing that is kept here")


_BY_TYPE: dict[bytes, Callable[[Batch, Entry], None]] = {
    Type.MESSAGE.encode(): _message,
    Type.RECEIPT.encode(): _receipt,
    Type.MEMBERSHIP.encode(): _membership,
}


@lru_cache(maxsize=_TOPICS)
def _subject(subject: bytes, expected: Type) -> tuple[str, Address]:
    """A topic and what it says. Raises Malformed for one where no *expected* is published."""
    topic = subject.decode(errors="replace")
    address = topics.parse(topic)
    route = ROUTES.get((address.space, address.kind))
    if route is None or route.type is not expected:
        raise Malformed(f"{_SUBJECT}: {topic[:120]!r} is no place for a {expected}")
    return topic, address


def _time(entry: Entry) -> int:
    """When the bridge took it, in milliseconds since the epoch. Where it does not say, when the log did: that is later,
    and later shows less to those who have left a group."""
    told = _moment(entry.headers.get(_TIME, b""))
    return entry.at if told is None else told


@lru_cache(maxsize=1024)
def _moment(text: bytes) -> int | None:
    """Of RFC 3339; what the bridge took together has one time."""
    try:
        return round(datetime.fromisoformat(text.decode()).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _text(headers: Mapping[str, bytes], name: str) -> str:
    return headers.get(name, b"").decode(errors="replace")


def _field(fields: dict[str, Any], name: str, kind: type[Any]) -> Any:
    value = fields.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed(f"{name}: expected {codec.type_names[kind]}")
    return value


def _inside(role: str) -> bool:
    try:
        return _INSIDE[Role(role)]
    except ValueError:
        raise Malformed(f"role: {role[:40]!r} is none") from None
