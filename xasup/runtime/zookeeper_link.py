"""One session with a ZooKeeper: its frames, and how it is shown who asks. Refuses to know: what is asked, nodes."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xasup.protocol.errors import Malformed, Unavailable
from xasup.runtime import digest_md5

_SESSION = 10_000  # milliseconds
_CONNECT = struct.pack(">iqiqi16s", 0, 0, _SESSION, 0, 16, bytes(16))
_CLOSE, _SASL = -11, 102  # kinds of requests
OK = 0
_PATIENCE = 5.0  # seconds
_LARGEST = 1 << 16  # bytes of an answer
_HEAD = struct.Struct(">iqi")  # number of the request, of the transaction, error


class Link:
    """Made by session()."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, kind: int, request: bytes) -> tuple[int, bytes]:
        """The error (OK: none), and what is answered."""
        answer = await self.exchange(struct.pack(">ii", 1, kind) + request)
        *_, code = _HEAD.unpack_from(answer)
        return code, answer[_HEAD.size :]

    async def exchange(self, frame: bytes) -> bytes:
        self._send(frame)
        (length,) = struct.unpack(">i", await self._reader.readexactly(4))
        if not 0 <= length <= _LARGEST:
            raise EOFError(f"an answer of {length} bytes")
        return await self._reader.readexactly(length)

    async def show(self, user: str, password: str) -> None:
        """Who asks; and see that the other one knows the password, too. Raises Unavailable where one does not."""
        challenge = await self._say(b"")
        answer = digest_md5.answer(challenge.decode(), user, password, secrets.token_urlsafe(24))
        if not hmac.compare_digest(await self._say(answer.text.encode()), answer.expected.encode()):
            raise Unavailable("who answers there does not know the password: it is not our ZooKeeper")

    def close(self) -> None:
        self._send(struct.pack(">ii", 0, _CLOSE))
        self._writer.close()

    async def _say(self, token: bytes) -> bytes:
        code, answer = await self.ask(_SASL, buffer(token))
        if code != OK:
            raise Unavailable(f"ZooKeeper refuses the password (error {code})")
        (length,) = struct.unpack_from(">i", answer)
        return answer[4 : 4 + max(0, length)]

    def _send(self, frame: bytes) -> None:
        self._writer.write(buffer(frame))


@asynccontextmanager
async def session(port: int, user: str, password: str) -> AsyncIterator[Link]:
    """For the time of the block, on loopback. Raises Unavailable, also for what fails in the block."""
    try:
        async with asyncio.timeout(_PATIENCE):
            link = Link(*await asyncio.open_connection("127.0.0.1", port))
            try:
                await link.exchange(_CONNECT)
                await link.show(user, password)
                yield link
            finally:
                link.close()
    except (OSError, EOFError, struct.error, Malformed, UnicodeDecodeError) as error:  # TimeoutError is an OSError
        raise Unavailable(f"ZooKeeper on port {port} does not answer: {error or type(error).__name__}") from None


def buffer(data: bytes) -> bytes:
    """As ZooKeeper has bytes and texts: their length before them."""
    return struct.pack(">i", len(data)) + data
