"""Our own redis-server: reachable by its owner alone over a socket in the data directory, every write on disk first.

Refuses to know: what is kept in it.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.runtime.supervise import Recipe

_SOCKET_PATH_LIMIT = 107  # sun_path in unix(7), less the final NUL


def recipe(socket: Path, log: Path) -> Recipe:
    """How to run it; writes its configuration beside *socket*. Raises Unavailable for too long a path."""
    if len(os.fsencode(socket)) > _SOCKET_PATH_LIMIT:
        raise Unavailable(f"{socket}: too long for a Unix socket; choose a shorter data directory with --data")
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    configuration = socket.with_name("redis.conf")
    configuration.write_text(_configuration(socket))

    async def answers() -> None:
        while not await _pong(socket):  # noqa: ASYNC110 - no event announces a socket of another process
            await asyncio.sleep(0.02)

    return Recipe("redis-server", ["redis-server", str(configuration)], log, probe=answers, ready_within=60.0)


def _configuration(socket: Path) -> str:
    return f"""\
# Written by xasup at each start; changes here are lost.
# No network: the socket is the only way in, and its owner alone may use it.
port 0
unixsocket "{socket}"
unixsocketperm 600
dir "{socket.parent}"
daemonize no
# An answer means: it is on disk. The append-only file is the one copy; no snapshots beside it.
appendonly yes
appendfsync always
save ""
# Full means refused, never forgotten.
maxmemory-policy noeviction
"""


async def _pong(socket: Path) -> bool:
    """True when it answers, its data loaded."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return (await reader.readline()).startswith(b"+PONG")
    except OSError:
        return False
    finally:
        writer.close()
