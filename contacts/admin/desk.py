"""Where an admin command works: the truth of a running backend, a clock, and how to answer.

Refuses to know: what the command does.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from contacts.operations.perform import Done
from xasup.protocol.errors import Unavailable
from xasup.runtime import listening
from xasup.runtime import settings as configuration
from xasup.runtime.output import Table, emit, note, say
from xasup.runtime.settings import Settings
from xasup.wire.truth import open_truth, schema
from xasup.wire.truth.port import Truth, position_key

PATIENCE = 2.0  # seconds until a decision that the directory does not have yet is called recorded
RECORDED = "recorded; it holds as soon as the broker's directory has it (is the projector running? `xasup doctor`)"


@dataclass(frozen=True, slots=True)
class Desk:
    """*as_json*: answers are for scripts; *usual*: the rate of who is given no other, in the backend that runs."""

    truth: Truth
    settings: Settings
    as_json: bool
    usual: int

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return int(time.time() * 1000)

    def rows(self, columns: Sequence[tuple[str, int]]) -> Rows:
        """A listing with these *columns*: name and least width in characters."""
        return Rows(None if self.as_json else Table(columns))

    async def answer(self, done: Done, sentence: str, **facts: Any) -> None:
        """Say *sentence* (or *facts*, as JSON) once the broker's directory has what was done."""
        enforced = await self.enforced(done)
        if self.as_json:
            emit({**facts, "enforced": enforced})
        else:
            say(sentence)

    async def enforced(self, done: Done) -> bool:
        """Wait until the directory has it; else, after a while, remark that it is recorded."""
        if await _has(self.truth, self.settings.node, done.position):
            return True
        note(RECORDED)
        return False


class Rows:
    """Written as they come, so that a listing of any length needs no memory."""

    def __init__(self, table: Table | None) -> None:
        self._table = table

    def put(self, facts: Mapping[str, Any], *cells: object) -> None:
        """*facts* for scripts, *cells* for people."""
        if self._table is None:
            emit(facts)
        else:
            self._table.row(*cells)


Command = Callable[..., Coroutine[Any, Any, None]]


def at_desk(command: Command) -> Callable[..., None]:
    """Makes an async function of a Desk and of its own options into what click calls; adds --data and --json."""

    @click.option("--data", type=click.Path(path_type=Path), help="Folder of the backend.  [env: XASUP_DATA]")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
    @functools.wraps(command)
    def run(data: Path | None, as_json: bool, **options: Any) -> None:
        settings = configuration.load(data=data)

        async def sit() -> None:
            async with _open(settings, as_json) as desk:
                await command(desk, **options)

        asyncio.run(sit())

    return run


def confirm(question: str, yes: bool) -> None:
    """Ask on the terminal unless *yes*. Leaves with status 1 for a no."""
    if yes:
        return
    try:
        if click.confirm(question, err=True):
            return
    except click.Abort:
        raise click.UsageError("this needs a yes; answer y, or give --yes") from None
    note("nothing was done")
    raise SystemExit(1)


@asynccontextmanager
async def _open(settings: Settings, as_json: bool) -> AsyncIterator[Desk]:
    async with open_truth(settings.redis_url) as truth:
        try:
            await truth.last_position()
        except Unavailable as error:
            where = "" if settings.redis else f" on {settings.data}"
            raise Unavailable(f"no backend runs{where}; start it with `xasup up` ({error})") from None
        await schema.check(truth)
        yield Desk(truth, settings, as_json, listening.find(settings).rate)


async def _has(truth: Truth, node: str, position: str) -> bool:
    wanted = position_key(position)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE), _closing(truth.watch_applied(node)) as positions:
            async for applied in positions:
                if position_key(applied) >= wanted:
                    return True
    return False


@asynccontextmanager
async def _closing(positions: AsyncIterator[str]) -> AsyncIterator[AsyncIterator[str]]:
    """The port promises an iterator; where it is a generator, which holds a connection, it is closed at once."""
    try:
        yield positions
    finally:
        if isinstance(positions, AsyncGenerator):
            await positions.aclose()
