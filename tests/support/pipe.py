"""MQTT packets as bytes over TCP, TLS or WebSockets: what is sent is sent as it is, what comes is shown as it came.

Refuses to know: sessions, acknowledgements, what is right.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 10.0  # seconds
_ACCEPTED = b"HTTP/1.1 101"


@dataclass(frozen=True, slots=True)
class Packet:
    """*head*: the first byte, type and flags."""

    head: int
    body: bytes

    @property
    def kind(self) -> int:
        return self.head >> 4


class Pipe:
    """One connection, from the address *source*. *authority*: of the server's certificate, for TLS; *web*: in frames of
    WebSockets."""

    def __init__(
        self, port: int, *, authority: Path | None = None, web: bool = False, source: str = "127.0.0.1"
    ) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = _secured(plain, authority) if authority else plain
        self._web, self._raw, self._buffer = web, bytearray(), bytearray()
        if web:
            self._greet()

    def send(self, *packets: bytes) -> None:
        data = b"".join(packets)
        with contextlib.suppress(OSError):  # the other side has closed already, which is seen when reading
            self._socket.sendall(_frame(data) if self._web else data)

    def next(self) -> Packet | None:
        """The next packet; None: closed by the other side."""
        while (packet := self._cut()) is None:
            if not self._more():
                return None
        return packet

    def until(self, kind: int) -> list[Packet]:
        """All up to the first of this kind, which is the last; what is missing was never sent."""
        packets = []
        while (packet := self.next()) is not None:
            packets.append(packet)
            if packet.kind == kind:
                break
        return packets

    def close(self) -> None:
        """Without a goodbye."""
        self._socket.close()

    def _more(self) -> bool:
        try:
            data = self._socket.recv(1 << 16)
        except (ConnectionResetError, ssl.SSLError):
            data = b""
        if not self._web:
            self._buffer += data
            return bool(data)
        self._raw += data
        while (frame := _unframed(self._raw)) is not None:
            code, payload = frame
            if code == 8:
                return False
            self._buffer += payload
        return bool(data)

    def _cut(self) -> Packet | None:
        size, shift = 0, 0
        for at in range(1, min(5, len(self._buffer))):
            size |= (self._buffer[at] & 127) << shift
            shift += 7
            if self._buffer[at] < 128:
                end = at + 1 + size
                if len(self._buffer) < end:
                    return None
                packet = Packet(self._buffer[0], bytes(self._buffer[at + 1 : end]))
                del self._buffer[:end]
                return packet
        return None

    def _greet(self) -> None:
        self._socket.sendall(
            b"GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: mqtt\r\n\r\n"
        )
        while b"\r\n\r\n" not in self._raw:
            self._raw += self._socket.recv(4096)
        head, _, rest = bytes(self._raw).partition(b"\r\n\r\n")
        assert head.startswith(_ACCEPTED), head
        self._raw = bytearray(rest)


Dial = Callable[[], Pipe]


def text(value: str | bytes) -> bytes:
    """A string of MQTT."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(data)) + data


def packet(head: int, *parts: bytes) -> bytes:
    """The head, the length of the parts, the parts."""
    body, length = b"".join(parts), bytearray()
    size = len(body)
    while True:
        length.append(size % 128 | (128 if size > 127 else 0))
        size //= 128
        if not size:
            return bytes([head]) + bytes(length) + body


def _secured(plain: socket.socket, authority: Path) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    return context.wrap_socket(plain)


def _frame(data: bytes) -> bytes:
    """One binary frame, masked as a client's must be."""
    size, mask = len(data), os.urandom(4)
    length = bytes([128 | size]) if size < 126 else bytes([254]) + struct.pack("!H", size)
    return b"\x82" + length + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))


def _unframed(raw: bytearray) -> tuple[int, bytes] | None:
    if len(raw) < 2:
        return None
    size, at = raw[1] & 127, 2
    if size >= 126:
        at = 4 if size == 126 else 10
        if len(raw) < at:
            return None
        size = int.from_bytes(raw[2:at], "big")
    if len(raw) < at + size:
        return None
    frame = raw[0] & 15, bytes(raw[at : at + size])
    del raw[: at + size]
    return frame
