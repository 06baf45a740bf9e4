"""Receipts: lists of message ids, so that a burst of 500 messages costs a handful of packets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xasup.protocol import codec
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import MessageId, message_id

BATCH = 500  # ids in one receipt; about 20 KiB


@dataclass(frozen=True, slots=True)
class Receipt:
    """*refused*: what the recipient's device could not accept, id to reason."""

    delivered: tuple[MessageId, ...] = ()
    read: tuple[MessageId, ...] = ()
    refused: dict[MessageId, str] = field(default_factory=dict)


def encode(receipt: Receipt) -> bytes:
    """Only what is not empty is written."""
    fields = {"delivered": list(receipt.delivered), "read": list(receipt.read), "refused": receipt.refused}
    return codec.encode({name: value for name, value in fields.items() if value})


def decode(payload: bytes) -> Receipt:
    """Raises Malformed."""
    fields = codec.decode_object(payload)
    refused = fields.get("refused", {})
    if not isinstance(refused, dict) or not all(isinstance(reason, str) for reason in refused.values()):
        raise Malformed("refused: expected an object of id to reason")
    return Receipt(
        delivered=_ids(fields, "delivered"),
        read=_ids(fields, "read"),
        refused={message_id(id): reason for id, reason in refused.items()},
    )


def in_batches(ids: list[MessageId]) -> Iterator[tuple[MessageId, ...]]:
    """Cut a long list into the ids of single receipts."""
    for start in range(0, len(ids), BATCH):
        yield tuple(ids[start : start + BATCH])


def _ids(fields: dict[str, object], name: str) -> tuple[MessageId, ...]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(isinstance(id, str) for id in value):
        raise Malformed(f"{name}: expected a list of ids")
    return tuple(message_id(id) for id in value)
