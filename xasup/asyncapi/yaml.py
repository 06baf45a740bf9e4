"""JSON values as YAML: block style, in the given order, the same for the same value. Refuses to know what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# Words that no reader of YAML takes for anything but a string.
_PLAIN = re.compile(r"(?!(?:null|true|false|yes|no|on|off|y|n)$)[A-Za-z/$][A-Za-z0-9_/.$-]*", re.IGNORECASE)


def dump(value: dict[str, Any]) -> str:
    """The whole text, with its last line break."""
    return "".join(f"{line}\n" for line in _mapping(value))


def _mapping(value: dict[str, Any]) -> Iterator[str]:
    for key, each in value.items():
        yield from _under(f"{_scalar(key)}:", each)


def _under(head: str, value: Any) -> Iterator[str]:
    match value:
        case dict() if value:
            yield head
            yield from (f"  {line}" for line in _mapping(value))
        case list() if value:
            yield head
            yield from (f"  {line}" for line in _sequence(value))
        case _:
            yield f"{head} {_scalar(value)}"


def _sequence(values: list[Any]) -> Iterator[str]:
    for value in values:
        lines = _mapping(value) if isinstance(value, dict) and value else iter([_scalar(value)])
        yield f"- {next(lines)}"
        yield from (f"  {line}" for line in lines)


def _scalar(value: Any) -> str:
    """As JSON, which YAML includes; a string that needs no quotes has none."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
