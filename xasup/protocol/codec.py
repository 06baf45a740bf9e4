"""JSON bytes in and out: the one file that imports orjson. Refuses to know what the objects mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from xasup.protocol.errors import Malformed

type_names = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
}


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON. Raises TypeError for what JSON cannot say: that is our own mistake."""
    return orjson.dumps(value)


def count(fields: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number from 0 to 2^53-1, as JSON, SQLite and clients in any language have it. Raises Malformed, naming
    the field; for one that is missing only where there is no *default*."""
    value = fields.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise Malformed(f"{name}: expected a whole number from 0 to 2^53-1, got {str(value)[:40]!r}")
    return value


def decode(payload: bytes) -> Any:
    """Any JSON value. Raises Malformed."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"payload of {len(payload)} bytes: expected UTF-8 JSON ({error})") from None


def decode_object(payload: bytes) -> dict[str, Any]:
    """A JSON object. Raises Malformed."""
    value = decode(payload)
    if not isinstance(value, dict):
        raise Malformed(f"payload: expected a JSON object, got {type_names.get(type(value), 'null')}")
    return value
