"""The bytes: an asyncio transport (plain or TLS) in front of paho, which takes this object for its socket.

Whole packets are cut out here: PUBLISH and PUBACK go to the wire, all others to paho. What is written within one turn
of the event loop leaves in one piece. Refuses to know what packets mean.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import sys
import termios
from collections.abc import Callable
from typing import cast

from xasup.protocol.errors import Malformed
from xasup.wire.mqtt.packets import KIND, PUBACK, PUBLISH, Frame, frames

Hot = Callable[[bytes, list[Frame]], None]
Shortcut = Callable[[bytes], int]
_USER_TIMEOUT = 15_000  # milliseconds for which what we sent may stay unconfirmed; then the kernel ends the connection


class Stream(asyncio.Protocol):
    """*on_hot* gets the PUBLISH and PUBACK frames of a piece, *on_cold* is told that recv() has others,
    *on_lost* that the connection is gone (with the reason, if it was one packet that could not be read). *shortcut*,
    where there is one, takes what it can of a piece before them, whole packets from its beginning, and says where it
    stopped."""

    shortcut: Shortcut | None = None

    def __init__(self, on_hot: Hot, on_cold: Callable[[], None], on_lost: Callable[[Exception | None], None]) -> None:
        self._on_hot, self._on_cold, self._on_lost = on_hot, on_cold, on_lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = b""  # the beginning of a packet whose end has not come yet
        self._cold = bytearray()  # what paho has not read yet
        self._out: list[bytes] = []
        self._flush_due = False
        self._eof = False
        self._heard = False  # since shows_life() was asked last
        self._written = 0  # bytes
        self._arrived = self._due = 0  # of these, when _carries() was asked last: at the other end; in all
        self._gone = self._loop.create_future()

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        plug = transport.get_extra_info("socket")
        if plug is not None and plug.family != socket.AF_UNIX:
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else every small answer may wait 40 ms
            if sys.platform == "linux":  # by itself it tries for a quarter of an hour
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._rest:
            data = self._rest + data
        try:
            if self.shortcut is not None:
                data = data[self.shortcut(data) :]
            found, end = frames(data)
            self._rest = data[end:]
            self._sort(data, found)
        except Malformed as error:
            self._end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self._gone.done():
            self._gone.set_result(None)
        self._end(exc)

    # ---- the wire's side

    def write(self, data: bytes) -> None:
        """Queue whole packets; they leave at the end of this turn of the event loop."""
        self._out.append(data)
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    @property
    def backlog(self) -> int:
        """Bytes that the network has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def pause(self, on: bool) -> None:
        """Stop or go on reading."""
        if self._transport is None or self._transport.is_closing() or self._transport.is_reading() is not on:
            return
        if on:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def shows_life(self) -> bool:
        """Something came since this was asked last, or the network still carries what we gave it; or nothing could
        come, since we do not read. (Then a peer that has ended is noticed by what we write.)"""
        heard, self._heard = self._heard, False
        carries = self._carries()
        return heard or carries or (self._transport is not None and not self._transport.is_reading())

    def abort(self) -> None:
        """Drop the connection, with what has not gone out."""
        if self._transport is not None:
            self._transport.abort()

    async def closed(self) -> None:
        """After close(): wait until what was written has gone out, or a second."""
        if self._transport is not None:
            await asyncio.wait([self._gone], timeout=1)
        if self._transport is not None:
            self._transport.abort()
            await self._gone

    # ---- paho's side: what it needs of a socket

    def recv(self, size: int) -> bytes:
        if not self._cold:
            if self._eof:
                return b""
            raise BlockingIOError
        piece = bytes(self._cold[:size])
        del self._cold[:size]
        return piece

    def send(self, data: bytes | bytearray) -> int:
        if self._eof:
            raise ConnectionResetError("the connection is gone")
        self.write(bytes(data))
        return len(data)

    def close(self) -> None:
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def fileno(self) -> int:
        return -1  # asyncio watches the real one

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""

    # ----

    def _sort(self, data: bytes, found: list[Frame]) -> None:
        hot: list[Frame] = []
        for frame in found:
            if frame.first & KIND in (PUBLISH, PUBACK):
                hot.append(frame)
                continue
            if hot:  # keep the order: a SUBACK comes before the retained messages that follow it
                self._on_hot(data, hot)
                hot = []
            self._cold += data[frame.head : frame.end]
            while self._cold:
                self._on_cold()
        if hot:
            self._on_hot(data, hot)

    def _carries(self) -> bool:
        """What was written before this was asked last has arrived at the other end in part: a large message on a slow
        way. (Where all of it has, that proves nothing: whoever took it may have forgotten us.)"""
        arrived = self._written - self.backlog - self._unconfirmed()
        carries = self._arrived < arrived < self._due
        self._arrived, self._due = arrived, self._written
        return carries

    def _unconfirmed(self) -> int:
        """Bytes that the kernel has and the other end's has not; 0 where the system does not tell."""
        plug = self._transport.get_extra_info("socket") if self._transport else None
        if plug is None or sys.platform != "linux":
            return 0
        try:
            answer = fcntl.ioctl(plug.fileno(), termios.TIOCOUTQ, bytes(4))
        except OSError:  # it is closed this moment
            return 0
        return int.from_bytes(answer, sys.byteorder)

    def _flush(self) -> None:
        self._flush_due = False
        if self._out and self._transport is not None and not self._transport.is_closing():
            data = b"".join(self._out)
            self._written += len(data)
            self._transport.write(data)
        self._out.clear()

    def _end(self, error: Exception | None) -> None:
        if not self._eof:
            self._eof = True
            self._on_lost(error)
        if self._transport is not None:
            self._transport.abort()
