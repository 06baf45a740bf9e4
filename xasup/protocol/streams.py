"""The log as everybody spells it: streams, keys, headers, and the one table that routes topics to them.

Headers are CloudEvents 1.0 in binary mode (prefix `ce_`, as its Kafka binding has it), plus `from` and `to`.
Refuses to know: which log it is, clocks, what payloads say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.topics import ROOT, Address, Kind, Space


class Stream(StrEnum):
    """The streams of the log."""

    MESSAGES = "xasup.messages"
    RECEIPTS = "xasup.receipts"
    CONTACTS = "xasup.contacts"
    DEAD_LETTERS = "xasup.dead-letters"


class Type(StrEnum):
    """What a record is: its `ce_type`."""

    MESSAGE = "xasup.message"
    RECEIPT = "xasup.receipt"
    MEMBERSHIP = "xasup.membership"
    DECISION = "xasup.decision"
    DEAD_LETTER = "xasup.dead-letter"
    SETTLED = "xasup.dead-letter.settled"  # by an administrator; says which: the log itself is never changed


class Header(StrEnum):
    """The names of headers. *ID*: of the message, as its sender chose it, else one that the bridge gave; *SOURCE*: the
    node; *TIME*: when the bridge took it, RFC 3339; *SUBJECT*: the MQTT topic; *REASON*: of a dead letter."""

    SPEC = "ce_specversion"
    ID = "ce_id"
    SOURCE = "ce_source"
    TYPE = "ce_type"
    TIME = "ce_time"
    SUBJECT = "ce_subject"
    FROM = "from"
    TO = "to"
    REASON = "reason"


SPEC_VERSION = "1.0"
_SPEC_FAMILY = SPEC_VERSION.partition(".")[0].encode() + b"."


def readable(headers: Mapping[str, bytes]) -> bool:
    """Whether a record's headers are of a version that is known here; without one they are somebody else's, and are
    looked at as they are."""
    spec = headers.get(Header.SPEC.value)
    return spec is None or spec.startswith(_SPEC_FAMILY)


@dataclass(frozen=True, slots=True)
class Route:
    """*filter*: what the bridge subscribes to; *key* says in words what the record's key is."""

    filter: str
    stream: Stream
    type: Type
    key: str


# What is mirrored. What has no route (typing, presence, requests, answers) is about a moment, and is not kept.
# Memberships come through the same stream and key as the messages of the group, so that their order tells who was in.
ROUTES: dict[tuple[Space, Kind], Route] = {
    (Space.USER, Kind.MESSAGE): Route(f"{ROOT}/u/+/msg/+", Stream.MESSAGES, Type.MESSAGE, "`alice:bob`, sorted"),
    (Space.GROUP, Kind.MESSAGE): Route(f"{ROOT}/g/+/msg/+", Stream.MESSAGES, Type.MESSAGE, "`g:{group}`"),
    (Space.USER, Kind.RECEIPT): Route(f"{ROOT}/u/+/receipt/+", Stream.RECEIPTS, Type.RECEIPT, "`alice:bob`, sorted"),
    (Space.USER, Kind.EVENT): Route(f"{ROOT}/u/+/event/groups", Stream.MESSAGES, Type.MEMBERSHIP, "`g:{group}`"),
}


def pair(one: UserId, other: UserId) -> str:
    """The conversation of two people, the same from either side."""
    return f"{one}:{other}" if one < other else f"{other}:{one}"


def group(group: GroupId) -> str:
    """The conversation of a group."""
    return f"g:{group}"


def conversation(address: Address) -> str:
    """Of a message or a receipt."""
    if address.space is Space.GROUP:
        return group(GroupId(address.owner))
    return pair(UserId(address.owner), UserId(address.actor))
