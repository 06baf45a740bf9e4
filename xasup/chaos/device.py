"""One connection of a device that takes what it is sent, at the lowest cost: for crowds.

Refuses to know: the engine, files, what messages say.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

from xasup.chaos import raw
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.ids import ClientId
from xasup.wire.mqtt import packets

KEEPALIVE = 600  # seconds; no act with a crowd lasts longer
_PUBLISH = 3


class Device:
    """*expiry*: seconds for which the broker keeps its session; *got*: payloads with how often they came; *tries*: how
    often it has gone to the broker."""

    def __init__(self, client: ClientId, token: str, filter: str, expiry: int) -> None:
        self.client = client
        self.got: Counter[bytes] = Counter()
        self.tries = 0
        self._hello = raw.connect(str(client), client.user, token, expiry=expiry, keepalive=KEEPALIVE)
        self._filter = filter
        self._line: _Line | None = None

    async def come(self, port: int, host: str = "127.0.0.1", *, subscribe: bool) -> None:
        """Return when it is in (and has subscribed). Raises Refused; Unavailable where the connection ended before."""
        self.tries += 1
        loop = asyncio.get_running_loop()
        wanted = self._hello + (raw.subscribe(1, self._filter) if subscribe else b"")
        last = raw.SUBACK if subscribe else raw.CONNACK
        try:
            _, self._line = await loop.create_connection(lambda: _Line(wanted, last, self.got), host, port)
        except OSError as error:
            raise Unavailable(f"{self.client}: {error.strerror or error}") from None
        await self._line.ready

    def vanish(self) -> None:
        """Without a goodbye."""
        if self._line is not None:
            self._line.abort()
            self._line = None


class _Line(asyncio.Protocol):
    """*wanted*: what is sent first; *last*: the packet that says that all is well."""

    def __init__(self, wanted: bytes, last: int, got: Counter[bytes]) -> None:
        self._wanted, self._last, self._got = wanted, last, got
        self._rest = b""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._wanted)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        try:
            found, rest = packets.frames(data)
            for frame in found:
                self._take(data, frame)
        except Malformed as error:
            self._end(Unavailable(str(error)))
            return
        self._rest = data[rest:]

    def connection_lost(self, error: Exception | None) -> None:
        self._end(Unavailable("the connection ended"))

    def abort(self) -> None:
        self._transport.abort()

    def _take(self, data: bytes, frame: packets.Frame) -> None:
        if frame.first >> 4 == _PUBLISH:
            message = packets.read_publish(data, frame)
            self._got[message.payload] += 1
            if message.qos:
                self._transport.write(packets.pubacks([message.mid]))
            return
        code = _code(data, frame)
        if code >= 0x80:
            self._end(Refused(f"the broker answered {code:#x}"))
        elif frame.first == self._last and not self.ready.done():
            self.ready.set_result(None)

    def _end(self, error: Exception) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()  # whoever has vanished meanwhile does not look


def _code(data: bytes, frame: packets.Frame) -> int:
    """The reason code of a CONNACK, or the last one of a SUBACK; 0 for others."""
    if frame.first == raw.CONNACK:
        return data[frame.body + 1]
    return data[frame.end - 1] if frame.first == raw.SUBACK else 0
