"""A dead letter: what could not be understood or kept, as the record that tells so.

Refuses to know: who looks at them.
"""

from __future__ import annotations

from bridge.ways import Headers, Way
from xasup.protocol.errors import XasupError
from xasup.protocol.streams import Header, Stream, Type
from xasup.wire.log.port import Record

# Bytes kept of what is too large for the log, one after the other until it takes the dead letter.
CUTS = (65_536, 1024, 0)
_REASON = 1000  # characters

# Classes of reasons, for counting.
MALFORMED, CONFLICT, TOO_LARGE, STRAY = CLASSES = ("malformed", "conflict", "too-large", "stray")


def bury(way: Way, payload: bytes, error: XasupError, id: str, time: bytes) -> Record:
    """*id*: the message's own, else one that the bridge gave; *time*: when the bridge took it, RFC 3339."""
    headers = [
        *_relabelled(way.headers),
        (str(Header.ID), id.encode()),
        (str(Header.TIME), time),
        (str(Header.REASON), str(error)[:_REASON].encode(errors="backslashreplace")),
    ]
    return Record(str(Stream.DEAD_LETTERS), way.topic, payload, headers)


def cut(letter: Record, size: int) -> Record:
    """The same with *size* bytes of its value, and a reason that says so."""
    if len(letter.value) <= size:
        return letter
    said = f"; the first {size} of {len(letter.value)} bytes are kept".encode()
    headers = [(name, value + said if name == Header.REASON else value) for name, value in letter.headers]
    return letter._replace(value=letter.value[:size], headers=headers)


def _relabelled(headers: Headers) -> Headers:
    return [(name, Type.DEAD_LETTER.encode() if name == Header.TYPE else value) for name, value in headers]
