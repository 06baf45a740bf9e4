"""The AsyncAPI document as a judge: is this payload one of the messages of the channel where it came?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from xasup.asyncapi import document
from xasup.protocol import codec
from xasup.protocol.errors import Malformed

DOCUMENT = document()


def channel_of(topic: str) -> str:
    """The channel whose address *topic* fits; the one with fewer parameters first."""
    for name, channel in sorted(DOCUMENT["channels"].items(), key=lambda item: item[1]["address"].count("{")):
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(channel["address"])), topic):
            return name
    raise AssertionError(f"no channel has the address {topic}")


def fitting(channel: str, payload: bytes, headers: Mapping[str, str] | None = None) -> list[str]:
    """The messages of *channel* that say exactly this: no field is missing, wrong, or one that is not named."""
    messages = DOCUMENT["channels"][channel]["messages"]
    return [name for name in messages if fits(name, payload, headers)]


def fits(message: str, payload: bytes, headers: Mapping[str, str] | None = None) -> bool:
    found = DOCUMENT["components"]["messages"][message]
    if headers is not None and not _valid(found["headers"], dict(headers)):
        return False
    return _valid(found["payload"], _read(found["contentType"], payload))


def refs(value: Any) -> Iterator[str]:
    """All references in it."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from refs(each)


def resolved(root: dict[str, Any], ref: str) -> Any:
    """What it points at. Raises KeyError."""
    found: Any = root
    for step in ref.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _valid(schema: dict[str, Any], value: Any) -> bool:
    whole = {**_closed(schema), "components": _CLOSED}
    return bool(jsonschema.Draft7Validator(whole).is_valid(value))


def _read(kind: str, payload: bytes) -> Any:
    if kind == "application/json":
        try:
            return codec.decode(payload)
        except Malformed:
            return None
    return payload.decode()


def _closed(schema: Any) -> Any:
    """The same where a field that is not named is wrong: so one that is forgotten is noticed."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **closed} if isinstance(schema.get("properties"), dict) else closed


_CLOSED = _closed(DOCUMENT["components"])
