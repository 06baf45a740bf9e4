"""Packets of MQTT 5 as bytes, as a client sends them: for connections by the thousand, and for spoiling them. Pure.

Refuses to know: sockets, what an answer means. (PUBLISH and PUBACK: xasup/wire/mqtt/packets.py.)
"""

from __future__ import annotations

import struct

from xasup.wire.mqtt.packets import spell

CONNECT, CONNACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE = 0x10, 0x20, 0x82, 0x90, 0xA2
PING, PONG = b"\xc0\x00", b"\xd0\x00"
_NAMED, _CLEAN = 0xC0, 0x02  # flags of CONNECT: with user and password; with a clean start


def packet(first: int, body: bytes) -> bytes:
    """Of type and flags *first*."""
    return bytes([first]) + spell(len(body)) + body


def text(value: str | bytes) -> bytes:
    """With its length before it (section 1.5.4)."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(data)) + data


def connect(client: str, user: str, token: str, *, expiry: int = 0, keepalive: int = 60) -> bytes:
    """*expiry*: seconds for which the session is kept, 0: it begins and ends with the connection."""
    properties = b"\x11" + struct.pack("!I", expiry) if expiry else b""
    flags = _NAMED | (0 if expiry else _CLEAN)
    head = text("MQTT") + bytes([5, flags]) + struct.pack("!H", keepalive) + bytes([len(properties)]) + properties
    return packet(CONNECT, head + text(client) + text(user) + text(token))


def subscribe(mid: int, filter: str, qos: int = 1) -> bytes:
    """To one filter, without properties."""
    return packet(SUBSCRIBE, struct.pack("!H", mid) + b"\0" + text(filter) + bytes([qos]))


def unsubscribe(mid: int, filter: str) -> bytes:
    """The opposite."""
    return packet(UNSUBSCRIBE, struct.pack("!H", mid) + b"\0" + text(filter))
