"""One connection to Redis: commands out, replies in, within a time limit. The one file that imports redis.

Ask and wait (`ask`), or, with `open`, let one task `send` while another takes the replies in order (`receive`).

It is opened when first used and closed by any failure, so that a late reply is never taken for another's. Refuses to
know: what the commands mean, when to try again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hiredis import pack_command  # in C; the one of redis-py takes most of the time of a large step
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from xasup.protocol.errors import Malformed, Unavailable

PATIENCE = 1.5  # seconds until Redis counts as away
Command = Sequence[str | bytes | int]


class Link:
    """Used by one task at a time (two, where one sends and one receives). *url*: as redis-py has it; with
    `password_file=` in its query the password is read from there at each connection, so that it stands in no URL. Where
    there is no such file, none is given. *scripts* (Lua sources) are loaded whenever it connects. Raises Malformed for
    a *url* that it cannot read."""

    def __init__(self, url: str, scripts: Sequence[str] = ()) -> None:
        try:
            options: dict[str, Any] = dict(parse_url(url))
        except ValueError:  # without the URL: it may hold a password
            raise Malformed("the URL of Redis: expected redis://…, rediss://… or unix:///…") from None
        kind = options.pop("connection_class", Connection)
        file = options.pop("password_file", None)
        self._password_file = Path(file) if file else None
        # No retries and no time limits below ours: what failed is told at once, and whoever asked decides.
        options |= {"protocol": 2, "retry": Retry(NoBackoff(), 0), "socket_timeout": None}
        self._connection: AbstractConnection = kind(**options)
        self._scripts = scripts

    async def ask(self, commands: Sequence[Command], patience: float = PATIENCE) -> list[Any]:
        """One reply for each command: None for nil, an Unavailable (as a value) where Redis refuses that command.

        Raises Unavailable when there are no replies, after *patience* seconds at most.
        """
        async with self._translated(patience):
            if self._connection.is_connected and await self._connection.can_read():
                await self.close()  # nobody asked anything: that is the end of a connection, safe to open again
            if not self._connection.is_connected:
                await self._open()
            return await self._exchange(commands)

    @property
    def connected(self) -> bool:
        return bool(self._connection.is_connected)

    async def open(self, patience: float = PATIENCE) -> None:
        """A new connection, whatever was before. Raises Unavailable."""
        async with self._translated(patience):
            await self.close()
            await self._open()

    async def send(self, commands: Sequence[Command], patience: float = PATIENCE) -> None:
        """Out without waiting for the replies. Raises Unavailable."""
        async with self._translated(patience):
            await self._send(commands)

    async def receive(self, patience: float = PATIENCE) -> Any:
        """The next reply, as ask() has them. Raises Unavailable."""
        async with self._translated(patience):
            return await self._reply()

    async def heard(self, patience: float) -> Any | None:
        """What comes unasked on a connection that has subscribed; None when nothing came within *patience* seconds."""
        async with self._translated(patience + PATIENCE):
            return await self._connection.read_response(disable_decoding=True, timeout=patience)

    async def close(self) -> None:
        await self._connection.disconnect(nowait=True)

    async def _open(self) -> None:
        if self._password_file is not None:
            self._connection.password = _secret(self._password_file)
        await self._connection.connect()  # type: ignore[no-untyped-call]  # redis-py has no annotation there
        if self._scripts:
            await self._exchange([("SCRIPT", "LOAD", script) for script in self._scripts])

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        await self._send(commands)
        return [await self._reply() for _ in commands]

    async def _send(self, commands: Sequence[Command]) -> None:
        packed = b"".join([pack_command(tuple(command)) for command in commands])  # type: ignore[arg-type]
        await self._connection.send_packed_command(packed, check_health=False)

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response(disable_decoding=True)
        except NoScriptError:  # somebody flushed the scripts: a new connection loads them again
            raise
        except ResponseError as error:
            return Unavailable(f"Redis refuses: {error}")

    @asynccontextmanager
    async def _translated(self, patience: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(patience):
                yield
        except TimeoutError:
            await self.close()
            raise Unavailable(f"Redis has not answered for {patience:g} s") from None
        except (RedisError, OSError) as error:
            await self.close()
            raise Unavailable(f"Redis is away: {error}") from error
        except BaseException:
            await self.close()
            raise


def _secret(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return None
