"""Our own redis-server: reachable by its owner alone over a socket in the data directory, every write on disk first.

Refuses to know: what is kept in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.runtime import unix_sockets
from xasup.runtime.seals import Seals
from xasup.runtime.supervise import Recipe
from xasup.wire import private

_FOLDER = "appendonlydir"  # as Redis 7 calls it


def recipe(socket: Path, log: Path, password: Path | None = None) -> Recipe:
    """How to run it; writes its configuration beside *socket*, and a new password into *password*, without which it
    asks for none. Raises Unavailable for too long a path."""
    if not unix_sockets.fits(socket):
        raise Unavailable(unix_sockets.too_long(socket))
    private.secret_folder(socket.parent)
    secret = secrets.token_urlsafe(32) if password else ""
    if password:
        private.write(password, secret)
    configuration = private.write(socket.with_name("redis.conf"), _configuration(socket, secret))

    async def answers() -> None:
        while not await _pong(socket, secret):  # noqa: ASYNC110 - no event announces a socket of another process
            await asyncio.sleep(0.02)

    argv = ["redis-server", str(configuration)]
    return Recipe("redis-server", argv, log, probe=answers, ready_within=60.0, guard=AppendOnlyFile(socket.parent))


class AppendOnlyFile:
    """Guards what Redis keeps, which has no sums of its own: a bit that the disk has changed would become another name,
    another right, another text. Of a file that was cut, Redis would take what is left with a word in its log; a
    revocation may have been in the rest."""

    def __init__(self, folder: Path) -> None:
        self._seals = Seals(folder, f"{_FOLDER}/*.incr.aof", (f"{_FOLDER}/*.base.*", f"{_FOLDER}/*.manifest"))

    def check(self) -> None:
        """Raises Unavailable naming what is damaged and what can be done."""
        if problem := self.problem():
            raise Unavailable(problem)

    def problem(self) -> str:
        """The same as a sentence; "" where nothing is wrong."""
        try:
            broken = self._seals.broken()
        except OSError as error:
            return f"{error.filename}: {error.strerror}"
        for path, why in broken.items():
            return (
                f"{path} {why}; restore a backup (`xasup restore --force`), or look at it with redis-check-aof, remove"
                f" {self._seals.file}, and Redis takes what is there"
            )
        return ""

    def renew(self) -> None:
        self._seals.renew()


def _configuration(socket: Path, secret: str) -> str:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    lock = f"user default on #{digest} ~* &* +@all\n" if secret else ""
    return f"""\
# Written by xasup at each start; changes here are lost.
# No network: the socket is the only way in, and its owner alone may use it.
port 0
unixsocket "{socket}"
unixsocketperm 600
{lock}dir "{socket.parent}"
daemonize no
# An answer means: it is on disk. The append-only file is the one copy; no snapshots beside it.
appendonly yes
appendfsync always
save ""
# Full means refused, never forgotten.
maxmemory-policy noeviction
"""


async def _pong(socket: Path, secret: str) -> bool:
    """True when it answers, its data loaded."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    try:
        if secret:
            writer.write(f"AUTH {secret}\r\n".encode())
            await reader.readline()
        writer.write(b"PING\r\n")
        return (await reader.readline()).startswith(b"+PONG")
    except OSError:
        return False
    finally:
        writer.close()
