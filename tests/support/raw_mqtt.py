"""A bare MQTT client for tests, 3.1.1 and 5, on a blocking socket: says what the broker answered, and hides nothing.

Sends many packets before it reads (pipelining). Refuses to know: reconnecting, retrying, acknowledging late.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

V311, V5 = 4, 5
REFUSED = 0x87
_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _SUBSCRIBE, _SUBACK, _UNSUBSCRIBE, _UNSUBACK = 1, 2, 3, 4, 8, 9, 10, 11
_PINGREQ, _PINGRESP, _DISCONNECT = 12, 13, 14


class Closed(Exception):
    """The broker closed the connection; `reason` is that of its DISCONNECT, None without one."""

    def __init__(self, reason: int | None) -> None:
        super().__init__(f"closed by the broker, reason {reason}")
        self.reason = reason


class Got(NamedTuple):
    """A message that was delivered."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass(frozen=True, slots=True)
class Out:
    """A message to publish."""

    topic: str
    payload: bytes = b"x"
    qos: int = 1
    retain: bool = False
    delay: int = 0  # of a will, in seconds


class RawClient:
    """One connection, from the address *source*, or by the Unix socket *path*. *code*: of the CONNACK; -1: closed
    without one. Messages that come in are acknowledged at once and kept for `got()`."""

    def __init__(
        self,
        port: int,
        client_id: str,
        username: str | None,
        password: str | bytes | None,
        *,
        version: int = V5,
        clean: bool = True,
        expiry: int = 0,
        will: Out | None = None,
        source: str = "127.0.0.1",
        path: Path | None = None,
    ) -> None:
        self.version = version
        self._socket = _by_socket(path) if path else _by_port(port, source)
        self._buffer = bytearray()
        self._messages: list[Got] = []
        self._mid = 0
        self._send(_CONNECT << 4, self._connect(client_id, username, password, clean, expiry, will))
        try:
            _, body = self._expect(_CONNACK)
            self.session_present, self.code = bool(body[0]), body[1]
        except (Closed, ConnectionError):
            self.session_present, self.code = False, -1  # closed without an answer

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Say goodbye: no will is sent."""
        try:
            self._send(_DISCONNECT << 4, b"")
        except OSError:
            pass
        finally:
            self._socket.close()

    @classmethod
    def silent(cls, port: int) -> RawClient:
        """A connection that has said nothing."""
        raw = cls.__new__(cls)
        raw.version, raw._mid, raw._buffer, raw._messages = V5, 0, bytearray(), []
        raw._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        raw.session_present, raw.code = False, -1
        return raw

    def send_bytes(self, data: bytes) -> None:
        """Whatever they are."""
        self._socket.sendall(data)

    def await_pong(self) -> None:
        """Ping, and wait for the answer, whatever comes before it. Raises Closed."""
        self._send(_PINGREQ << 4, b"")
        while self._read()[0] >> 4 != _PINGRESP:
            pass

    def answer_to(self, data: bytes, kind: int) -> bytes:
        """The body of the first packet of *kind* after *data* was sent."""
        self._socket.sendall(data)
        return self._expect(kind)[1]

    def settimeout(self, seconds: float) -> None:
        """How long it waits for the broker; then TimeoutError."""
        self._socket.settimeout(seconds)

    def vanish(self) -> None:
        """End without a goodbye: the will is sent."""
        self._socket.close()

    def publish(self, topic: str, payload: bytes = b"x", qos: int = 1, retain: bool = False) -> int | None:
        """The reason code of the PUBACK (MQTT 3.1.1 has none: 0); None at QoS 0."""
        return self.publish_all([Out(topic, payload, qos, retain)])[0]

    def publish_all(self, messages: Sequence[Out]) -> list[int | None]:
        mids: list[int] = []
        packets = bytearray()
        for each in messages:
            mids.append(self._next_mid())
            packets += self._publish(each, mids[-1])
        self._socket.sendall(packets)
        codes = {}
        for _ in range(sum(each.qos > 0 for each in messages)):
            _, body = self._expect(_PUBACK)
            codes[struct.unpack_from("!H", body)[0]] = body[2] if len(body) > 2 else 0
        return [codes.get(mid) for mid in mids]

    def subscribe(self, filter: str, qos: int = 1, options: int = 0) -> int:
        """The code of the SUBACK; 0x80 and above: refused. *options*: bits of MQTT 5."""
        return self.subscribe_all([filter], qos, options)[0]

    def subscribe_all(self, filters: Iterable[str], qos: int = 1, options: int = 0) -> list[int]:
        order = []
        for filter in filters:
            order.append(self._next_mid())
            body = struct.pack("!H", order[-1]) + self._properties() + _text(filter) + bytes([qos | options])
            self._send(_SUBSCRIBE << 4 | 2, body)
        codes = {}
        for _ in order:
            _, body = self._expect(_SUBACK)
            codes[struct.unpack_from("!H", body)[0]] = body[-1]
        return [codes[mid] for mid in order]

    def unsubscribe_all(self, filters: Sequence[str]) -> None:
        for filter in filters:
            body = struct.pack("!H", self._next_mid()) + self._properties() + _text(filter)
            self._send(_UNSUBSCRIBE << 4 | 2, body)
        for _ in filters:
            self._expect(_UNSUBACK)

    def got(self) -> list[Got]:
        """All that was delivered since the last call. A ping is the fence: what the broker sent before is in."""
        self._send(_PINGREQ << 4, b"")
        self._expect(_PINGRESP)
        messages, self._messages = self._messages, []
        return messages

    def await_message(self) -> Got:
        """The next one, waiting for it."""
        while not self._messages:
            self._take(*self._read())
        return self._messages.pop(0)

    def await_end(self) -> int | None:
        """Wait for the broker to close; the reason of its DISCONNECT, None without one."""
        try:
            while True:
                self._take(*self._read())
        except Closed as closed:
            return closed.reason

    def _connect(
        self,
        client_id: str,
        username: str | None,
        password: str | bytes | None,
        clean: bool,
        expiry: int,
        will: Out | None,
    ) -> bytes:
        flags = clean << 1 | (username is not None) << 7 | (password is not None) << 6
        if will is not None:
            flags |= 4 | will.qos << 3 | will.retain << 5
        properties = b"\x11" + struct.pack("!I", expiry) if expiry else b""
        body = _text("MQTT") + bytes([self.version, flags]) + struct.pack("!H", 60) + self._properties(properties)
        body += _text(client_id)
        if will is not None:
            delay = b"\x18" + struct.pack("!I", will.delay) if will.delay else b""
            body += self._properties(delay) + _text(will.topic) + _text(will.payload)
        body += _text(username) if username is not None else b""
        return body + (_text(password) if password is not None else b"")

    def _properties(self, properties: bytes = b"") -> bytes:
        return bytes([len(properties)]) + properties if self.version == V5 else b""

    def _publish(self, message: Out, mid: int) -> bytes:
        head = _PUBLISH << 4 | message.qos << 1 | message.retain
        body = _text(message.topic) + (struct.pack("!H", mid) if message.qos else b"") + self._properties()
        return _packet(head, body + message.payload)

    def _next_mid(self) -> int:
        self._mid = self._mid % 65535 + 1
        return self._mid

    def _send(self, head: int, body: bytes) -> None:
        self._socket.sendall(_packet(head, body))

    def _expect(self, kind: int) -> tuple[int, bytes]:
        while True:
            head, body = self._read()
            if head >> 4 == kind:
                return head, body
            self._take(head, body)

    def _take(self, head: int, body: bytes) -> None:
        if head >> 4 == _DISCONNECT:
            raise Closed(body[0] if body else 0)
        assert head >> 4 == _PUBLISH, f"unexpected packet {head:#x}"
        qos, end = head >> 1 & 3, 2 + struct.unpack_from("!H", body)[0]
        topic, rest = body[2:end].decode(), body[end:]
        if qos:
            self._send(_PUBACK << 4, rest[:2])
            rest = rest[2:]
        if self.version == V5:
            rest = rest[1 + rest[0] :]
        self._messages.append(Got(topic, bytes(rest), qos, bool(head & 1)))

    def _read(self) -> tuple[int, bytes]:
        while (packet := _cut(self._buffer)) is None:
            try:
                data = self._socket.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed(None)
            self._buffer += data
        return packet


def _by_port(port: int, source: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _by_socket(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(10)
    made.connect(str(path))
    return made


def _text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(data)) + data


def _packet(head: int, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while True:
        length.append(size % 128 | (128 if size > 127 else 0))
        size //= 128
        if not size:
            return bytes([head]) + bytes(length) + body


def _cut(buffer: bytearray) -> tuple[int, bytes] | None:
    size, shift = 0, 0
    for index in range(1, min(5, len(buffer))):
        size |= (buffer[index] & 127) << shift
        shift += 7
        if buffer[index] < 128:
            end = index + 1 + size
            if len(buffer) < end:
                return None
            packet = buffer[0], bytes(buffer[index + 1 : end])
            del buffer[:end]
            return packet
    return None
