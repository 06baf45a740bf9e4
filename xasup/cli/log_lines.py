"""Records of the log as facts for scripts and as lines for people. Refuses to know: where they come from."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from xasup.protocol import codec, envelope, receipts
from xasup.protocol.errors import Malformed
from xasup.protocol.streams import Header, Stream
from xasup.wire.log.port import Entry

SHORT = {stream.removeprefix("xasup."): stream for stream in Stream}  # what people type


def short(stream: str) -> str:
    """The name that people type."""
    return stream.removeprefix("xasup.")


def header(entry: Entry, name: Header) -> str:
    """ "" where it is missing; foreign bytes are spelled out."""
    return entry.headers.get(str(name), b"").decode(errors="backslashreplace")


def as_fields(entry: Entry) -> dict[str, Any]:
    """All of it. *at*: milliseconds since the epoch by the log's clock; `payload`, or `base64` where it is no UTF-8."""
    headers = {name: value.decode(errors="backslashreplace") for name, value in entry.headers.items()}
    return {
        "stream": short(entry.stream),
        "position": str(entry.position),
        "key": entry.key.decode(errors="backslashreplace"),
        "at": entry.at,
        "headers": headers,
        **payload_fields(entry.value),
    }


def payload_fields(value: bytes) -> Mapping[str, str]:
    """As text where it is text."""
    try:
        return {"payload": value.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def as_text(entry: Entry) -> str:
    """One line, not inert yet: when, where, and what it says."""
    return f"{second(entry.at)}  {entry.position!s:<20} {_summary(entry)}"


def second(ms: int) -> str:
    """Milliseconds since the epoch, to the second, in UTC."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"


def _summary(entry: Entry) -> str:
    match entry.stream:
        case Stream.MESSAGES | Stream.RECEIPTS:
            where = f"{header(entry, Header.FROM) or '?'} -> {header(entry, Header.TO) or '?'}"
            said = _message(entry.value) if entry.stream == Stream.MESSAGES else _receipt(entry.value)
            return f"{where}: {said}"
        case Stream.DEAD_LETTERS:
            return f"{header(entry, Header.SUBJECT)}: {header(entry, Header.REASON) or _raw(entry.value)}"
        case _:
            return f"{entry.key.decode(errors='replace')}: {_decision(entry.value)}"


def _message(value: bytes) -> str:
    try:
        return envelope.decode(value).text
    except Malformed:
        return _raw(value)  # a membership, say


def _receipt(value: bytes) -> str:
    try:
        receipt = receipts.decode(value)
    except Malformed:
        return _raw(value)
    parts = {"delivered": receipt.delivered, "read": receipt.read, "refused": tuple(receipt.refused)}
    return ", ".join(f"{name} {' '.join(ids)}" for name, ids in parts.items() if ids)


def _decision(value: bytes) -> str:
    try:
        fields = codec.decode_object(value)
        return f"{fields['what']} {' '.join(map(str, fields['subject']))} by {fields['by']}"
    except (Malformed, KeyError, TypeError):
        return _raw(value)


def _raw(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
