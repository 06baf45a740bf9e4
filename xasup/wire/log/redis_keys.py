"""How the log lies in Redis: the names of its keys, and the layout of a record. Readable with `redis-cli XRANGE`.

{stream}                    a stream; its records have the fields `key`, `value` and `headers`
xasup.log.committed         hash: "stream consumer" -> the position that was committed last, "" for none yet
xasup.log.producer:{name}   hash: epoch, number of the last batch, and the answers to the last few

A position is `ms-n`: when Redis took the record, and its number in the stream, from 1. Refuses to know: connections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xasup.protocol.errors import Malformed
from xasup.protocol.streams import Stream
from xasup.wire.log.port import Entry, Position

_LINE, _ESCAPE = b"\n", b"\\"


@dataclass(frozen=True, slots=True)
class Keys:
    """*prefix*: goes before all names."""

    prefix: str = ""

    def streams(self) -> dict[str, str]:
        """Stream to key."""
        return {str(stream): f"{self.prefix}{stream}" for stream in Stream}

    @property
    def committed(self) -> str:
        return f"{self.prefix}xasup.log.committed"

    def producer(self, name: str) -> str:
        return f"{self.prefix}xasup.log.producer:{name}"


def committed_field(stream: str, consumer: str) -> str:
    return f"{stream} {consumer}"


def read_committed_field(field: bytes) -> tuple[str, str]:
    """Stream and consumer."""
    stream, _, consumer = field.decode().partition(" ")
    return stream, consumer


def number(offset: str) -> int:
    """Of a record in its stream, from 1; 0 where the offset names a moment instead of a record."""
    return int(offset.partition("-")[2] or 0)


def read_entry(stream: str, offset: bytes, fields: Sequence[bytes]) -> Entry:
    """Never fails: what is not in a foreign entry is empty."""
    match fields:
        case [b"key", key, b"value", value, b"headers", headers]:
            pass
        case _:
            found = dict(zip(fields[::2], fields[1::2], strict=True))
            key, value, headers = (found.get(name, b"") for name in (b"key", b"value", b"headers"))
    text = offset.decode()
    return Entry(stream, Position(0, text), key, value, read_headers(headers), int(text.partition("-")[0]))


class HeaderPress:
    """Spells headers as lines `name=value`, by one template for each set of names, of which there are a few."""

    def __init__(self) -> None:
        self._templates: dict[tuple[str, ...], bytes] = {}

    def __call__(self, headers: Sequence[tuple[str, bytes]]) -> bytes:
        """Raises Malformed for a name that has no place in a line."""
        if not headers:
            return b""
        names, values = zip(*headers, strict=True)
        template = self._templates.get(names) or self._template(names)
        text = template % values
        if _ESCAPE in text or text.count(_LINE) >= len(names):
            text = template % tuple(map(_escaped, values))
        return text

    def _template(self, names: tuple[str, ...]) -> bytes:
        for name in names:
            if not name or set(name) & set("=\n\\"):
                raise Malformed(f"{name[:80]!r} cannot be the name of a header")
        if len(self._templates) >= 100:
            self._templates.clear()
        template = _LINE.join(name.replace("%", "%%").encode() + b"=%b" for name in names)
        self._templates[names] = template
        return template


def read_headers(text: bytes) -> Mapping[str, bytes]:
    """The inverse of a HeaderPress."""
    if not text:
        return {}
    headers = {name.decode(): value for name, _, value in [line.partition(b"=") for line in text.split(_LINE)]}
    return headers if _ESCAPE not in text else {name: _plain(value) for name, value in headers.items()}


def _escaped(value: bytes) -> bytes:
    return value.replace(_ESCAPE, b"\\\\").replace(_LINE, b"\\n")


def _plain(value: bytes) -> bytes:
    return _ESCAPE.join(part.replace(b"\\n", _LINE) for part in value.split(b"\\\\"))
