"""A proxy before a Unix socket that loses replies: the request was carried out, nobody hears of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path


class Proxy:
    """*before_cut* is called each time a reply has been lost, before the connection is cut."""

    def __init__(self, listens: Path, to: Path) -> None:
        self.listens, self._to = listens, to
        self.to_lose = self.lost = 0
        self.before_cut: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"unix://{self.listens}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._to)
        forth = asyncio.create_task(self._pass(reader, back))
        try:
            await self._pass_replies(there, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            forth.cancel()
            writer.close()
            back.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(1 << 16):
            sink.write(piece)
            await sink.drain()

    async def _pass_replies(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Ends after a loss."""
        while piece := await source.read(1 << 16):
            if self.to_lose:
                self.to_lose -= 1
                self.lost += 1
                self.before_cut()
                return
            sink.write(piece)
            await sink.drain()


@asynccontextmanager
async def losing_proxy(to: Path) -> AsyncIterator[Proxy]:
    """Loses as many of the next replies as its `to_lose` says."""
    with tempfile.TemporaryDirectory(prefix="xasup-proxy-") as folder:
        proxy = Proxy(Path(folder) / "proxy.sock", to)
        async with await asyncio.start_unix_server(proxy.serve, proxy.listens):
            yield proxy
