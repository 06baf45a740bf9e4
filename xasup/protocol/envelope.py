"""The message: `{"id", "ts", "n", "text", "re"?, "src"?, "low"?}` in UTF-8 JSON, at most 64 KiB; or plain text from a
simple device.

Unknown fields are kept and passed on. Refuses to know: who sent it, whether it was wanted, how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from xasup.protocol import codec
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import MessageId, message_id

_FIELDS = frozenset({"id", "ts", "n", "text", "re", "src", "low"})


@dataclass(frozen=True, slots=True)
class Message:
    """*ts*: milliseconds since the epoch by the sender's clock; *n*: this device's count in this conversation, from 1,
    0 where the sender does not count; *re*: the id it replies to; *src*: a tag of the device that counts, "" where it
    has none; *low*: the lowest number of this device in this conversation that was neither stored nor given up when
    this message was written, 0 where the sender does not say; *extra*: fields that we do not know."""

    id: MessageId
    ts: int
    text: str
    n: int = 0
    re: MessageId | None = None
    src: str = ""
    low: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlainText:
    """What a simple device sent: shown, without receipts. Bytes that are not UTF-8 are spelled as \\xNN."""

    text: str


def encode(message: Message) -> bytes:
    """Raises Malformed for an empty text and for more than 64 KiB."""
    if not message.text:
        raise Malformed("text: expected at least one character")
    fields: dict[str, Any] = {"id": message.id, "ts": message.ts, "n": message.n, "text": message.text}
    if message.re is not None:
        fields["re"] = message.re
    if message.src:
        fields["src"] = message.src
    if message.low:
        fields["low"] = message.low
    try:
        payload = codec.encode(fields | message.extra)
    except TypeError:
        raise Malformed("text: expected Unicode that UTF-8 can carry (no lone surrogates)") from None
    if len(payload) > MAX_PAYLOAD:
        raise Malformed(f"message of {len(payload)} bytes: expected at most {MAX_PAYLOAD} with its envelope")
    return payload


def decode(payload: bytes) -> Message | PlainText:
    """A JSON object must be a whole message (else Malformed); anything else is plain text."""
    try:
        fields = codec.decode_object(payload)
    except Malformed:
        return PlainText(payload.decode(errors="backslashreplace"))
    return from_fields(fields)


def id_of(payload: bytes) -> MessageId | None:
    """The id of a payload that may be malformed otherwise, so that an answer can name it."""
    try:
        return message_id(codec.decode_object(payload)["id"])
    except (Malformed, KeyError, TypeError):
        return None


def from_fields(fields: dict[str, Any]) -> Message:
    """A message from an object. Raises Malformed, naming the field."""
    text = _field(fields, "text", str)
    if not text:
        raise Malformed("text: expected at least one character")
    re, src, low, n = fields.get("re"), fields.get("src"), fields.get("low"), codec.count(fields, "n", 0)
    return Message(
        id=message_id(_field(fields, "id", str)),
        ts=codec.count(fields, "ts", 0),
        n=n,
        text=text,
        re=message_id(_field(fields, "re", str)) if re is not None else None,
        src=src if isinstance(src, str) else "",
        low=low if isinstance(low, int) and 0 < low <= n and low is not True else 0,
        extra={name: value for name, value in fields.items() if name not in _FIELDS},
    )


def _field(fields: dict[str, Any], name: str, kind: type[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, kind):
        raise Malformed(
            f"{name}: expected {codec.type_names[kind]}, got {codec.type_names.get(type(value), 'nothing')}"
        )
    return value
