"""A real projector in a process of its own, and decisions for it to follow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from xasup.protocol import changes
from xasup.protocol.contacts import Edge, Side, Told
from xasup.protocol.directory import MemoryDirectory
from xasup.protocol.records import Contact, User, edits_of
from xasup.runtime.ready import VARIABLE
from xasup.wire.directory.environment import Environment
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Committed, Step, Truth, position_key

Cells = Mapping[Cell, bytes | None]
SOON = 10.0  # seconds for what takes milliseconds


def person(user: str) -> dict[Cell, bytes | None]:
    return {Cell(tables.USERS, user): User().encode()}


def edge(owner: str, actor: str, *, open_: bool) -> dict[Cell, bytes | None]:
    side = Side(Edge.ACCEPTED, Told.ACCEPTED) if open_ else Side(Edge.REVOKED, Told.REVOKED)
    return {Cell(tables.contacts(owner), actor): Contact(side).encode()}


async def decide(truth: Truth, cells: Cells) -> str:
    """Commit *cells* with their change, as the contacts service does. Returns its position."""
    change = changes.Change("test.decide", "admin", 0, edits=edits_of(cells.items()))
    done = await truth.commit(Step(put=cells, change=changes.encode(change)))
    assert isinstance(done, Committed)
    return done.position


async def applied(truth: Truth, position: str, node: str = "local") -> None:
    """Return when the directory of *node* is reported to have the change at *position*."""
    async with asyncio.timeout(SOON):
        async with contextlib.aclosing(truth.watch_applied(node)) as watch:  # type: ignore[type-var]
            async for reported in watch:
                if position_key(reported) >= position_key(position):
                    return


def contents(folder: Path) -> dict[bytes, bytes]:
    """What the broker would find, less the directory's notes about itself."""
    environment = Environment((folder / "current").resolve(), readonly=True)
    try:
        return {key: value for key, value in environment.cells() if not key.startswith(b"m/")}
    finally:
        environment.close()


async def replayed(truth: Truth) -> dict[bytes, bytes]:
    """What the whole stream of changes makes of an empty directory."""
    directory = MemoryDirectory()
    after = "0-0"
    while entries := await truth.changes(after, 1000, 0):
        for entry in entries:
            directory.apply(changes.decode(entry.change).edits)
        after = entries[-1].position
    return directory.cells


class Projector:
    """One process. Its log is read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process, ready: asyncio.StreamReader) -> None:
        self.process = process
        self._ready = ready

    async def ready(self) -> None:
        async with asyncio.timeout(SOON):
            assert await self._ready.readline() == b"ready\n", "the projector ended before it was ready"

    async def logged(self, words: str) -> str:
        """The next line of its log that holds *words*."""
        assert self.process.stderr is not None
        async with asyncio.timeout(SOON):
            async for line in self.process.stderr:
                if words in line.decode():
                    return line.decode()
        raise AssertionError(f"the projector ended without logging {words!r}")

    async def end(self, how: int = signal.SIGTERM) -> int:
        """Signal it and return its status."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        async with asyncio.timeout(SOON):
            return await self.process.wait()


@asynccontextmanager
async def projector(data: Path, redis: str, arguments: Sequence[str] = ()) -> AsyncIterator[Projector]:
    """Started, not yet ready; killed at the end."""
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "broker.projector", *arguments),
        env={**os.environ, "XASUP_DATA": str(data), "XASUP_REDIS": redis, VARIABLE: str(writing)},
        pass_fds=(writing,),
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    ready = asyncio.StreamReader()
    with os.fdopen(reading, "rb") as pipe:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(ready), pipe
        )
        running = Projector(process, ready)
        try:
            yield running
        finally:
            await running.end(signal.SIGKILL)
            transport.close()
