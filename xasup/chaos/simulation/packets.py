"""The broker's side of MQTT 5: what clients say, read; what it answers, spelled. PUBLISH and PUBACK are the wire's own.
Only what our clients use. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from xasup.wire.mqtt.packets import Frame

CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 0x10, 0x82, 0xA2, 0xC0, 0xE0
PINGRESP = b"\xd0\x00"
_SIZES = {0x11: 4, 0x27: 4, 0x18: 4, 0x02: 4, 0x21: 2, 0x22: 2, 0x17: 1, 0x19: 1, 0x01: 1}  # of properties


class Will(NamedTuple):
    topic: str
    payload: bytes
    retain: bool


class Connect(NamedTuple):
    """*expiry*, *keepalive*: seconds; *window*: deliveries that the client takes without acknowledging one."""

    client: str
    user: str
    token: str
    clean: bool
    keepalive: int
    expiry: int
    window: int
    will: Will | None


class _Bytes:
    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self.at, self.end = data, at, end

    def take(self, size: int) -> bytes:
        self.at += size
        return self._data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def binary(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        return self.binary().decode()

    def properties(self) -> dict[int, int]:
        end = self.number(1)
        end += self.at
        found = {}
        while self.at < end:
            kind = self.number(1)
            found[kind] = self.number(_SIZES[kind])
        return found


def read_connect(data: bytes, frame: Frame) -> Connect:
    it = _Bytes(data, frame.body + 7, frame.end)  # after "MQTT" and the version
    flags, keepalive = it.number(1), it.number(2)
    properties = it.properties()
    client = it.text()
    will = None
    if flags & 0x04:
        it.properties()
        will = Will(it.text(), it.binary(), bool(flags & 0x20))
    user = it.text() if flags & 0x80 else ""
    token = it.text() if flags & 0x40 else ""
    clean, expiry, window = bool(flags & 0x02), properties.get(0x11, 0), properties.get(0x21, 65535)
    return Connect(client, user, token, clean, keepalive, expiry, window, will)


def read_subscribe(data: bytes, frame: Frame) -> tuple[int, list[tuple[str, bool, int]]]:
    """Packet id; filters, each with No Local and QoS."""
    it = _Bytes(data, frame.body, frame.end)
    mid = it.number(2)
    it.properties()
    return mid, list(_filters(it))


def _filters(it: _Bytes) -> Iterator[tuple[str, bool, int]]:
    while it.at < it.end:
        name, options = it.text(), it.number(1)
        yield name, bool(options & 0x04), options & 0x03


def read_unsubscribe(data: bytes, frame: Frame) -> tuple[int, list[str]]:
    it = _Bytes(data, frame.body, frame.end)
    mid = it.number(2)
    it.properties()
    names = []
    while it.at < it.end:
        names.append(it.text())
    return mid, names


def connack(present: bool, code: int, window: int) -> bytes:
    """*window*: publishes that the broker takes without having acknowledged one."""
    properties = b"\x21" + struct.pack("!H", window)
    return bytes((0x20, 3 + len(properties), present, code, len(properties))) + properties


def suback(mid: int, codes: list[int]) -> bytes:
    return bytes((0x90, 3 + len(codes))) + struct.pack("!HB", mid, 0) + bytes(codes)


def unsuback(mid: int, count: int) -> bytes:
    return bytes((0xB0, 3 + count)) + struct.pack("!HB", mid, 0) + bytes(count)


def puback(mid: int, code: int) -> bytes:
    return struct.pack("!BBHB", 0x40, 3, mid, code)
