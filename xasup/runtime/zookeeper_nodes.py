"""Removes nodes from a ZooKeeper: the three words of its protocol that this takes. Refuses to know: what nodes mean."""

from __future__ import annotations

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence

from xasup.protocol.errors import Unavailable

_SESSION = 10_000  # milliseconds
_CONNECT = struct.pack(">iqiqi16s", 0, 0, _SESSION, 0, 16, bytes(16))
_DELETE, _CLOSE = 2, -11  # kinds of requests
_ANY_VERSION = -1
_OK, _NO_NODE = 0, -101
_PATIENCE = 5.0  # seconds
_LARGEST = 1 << 16  # bytes of an answer


async def remove(port: int, paths: Sequence[str]) -> list[str]:
    """Those of *paths* that were there are so no more; which. Raises Unavailable."""
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                await _ask(reader, writer, _CONNECT)
                return [path for path in paths if await _remove(reader, writer, path)]
            finally:
                writer.write(_frame(struct.pack(">ii", 0, _CLOSE)))
                writer.close()
    except (OSError, EOFError, struct.error) as error:  # TimeoutError is an OSError
        raise Unavailable(f"ZooKeeper on port {port} does not answer: {error or type(error).__name__}") from None


async def _remove(reader: StreamReader, writer: StreamWriter, path: str) -> bool:
    name = path.encode()
    answer = await _ask(reader, writer, struct.pack(f">iii{len(name)}si", 1, _DELETE, len(name), name, _ANY_VERSION))
    *_, code = struct.unpack_from(">iqi", answer)
    if code not in (_OK, _NO_NODE):
        raise Unavailable(f"ZooKeeper does not remove {path}: error {code}")
    return bool(code == _OK)


async def _ask(reader: StreamReader, writer: StreamWriter, request: bytes) -> bytes:
    writer.write(_frame(request))
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    if not 0 <= length <= _LARGEST:
        raise EOFError(f"an answer of {length} bytes")
    return await reader.readexactly(length)


def _frame(request: bytes) -> bytes:
    return struct.pack(">i", len(request)) + request
