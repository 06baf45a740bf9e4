"""A child process that should live: spawn, readiness, restart with backoff, ordered stop.

Refuses to know what the child does: the caller gives its command line and how to see that it serves. The child gets
SIGTERM when we die, even when we are killed, so nothing half-started is ever left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import structlog

from xasup.protocol.errors import Unavailable
from xasup.runtime import logfile, priority, ready
from xasup.runtime.guard import EVERY, Guard, Watch

log = structlog.get_logger()

_WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")  # util-linux: the kernel signals the child when its parent dies


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to run one child. Times in seconds; *log* receives its output; *probe* returns when it serves; without one
    the child says so itself (xasup/runtime/ready.py); *before*: to be done before each start, when no process of it
    runs; raises Unavailable where it cannot start. *guard* looks at its files, now and then while it runs. *niceness*:
    0 to 19, above ours, once it serves; see priority.py."""

    name: str
    argv: Sequence[str]
    log: Path
    probe: Callable[[], Awaitable[None]] | None = None
    before: Callable[[], Awaitable[None]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_within: float = 15.0
    stop_within: float = 10.0
    guard: Guard | None = None
    look_every: float = EVERY
    niceness: int = 0


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before restart number *attempt* (from 1). *jitter* is in [0, 1); the caller owns the dice."""
    return min(0.1 * 2.0 ** min(attempt - 1, 8), 10.0) * (0.5 + jitter / 2)


class Child:
    """One supervised process: `async with Child(recipe)` waits until it serves; leaving stops it. *restarts*: how often
    it has ended; *serving* is set while it serves."""

    def __init__(self, recipe: Recipe, dice: Callable[[], float] = random.random) -> None:
        self.recipe = recipe
        self.restarts = 0
        self.serving = asyncio.Event()
        self._dice = dice
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._watch = Watch(recipe.guard, recipe.look_every)

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def send(self, number: signal.Signals) -> None:
        """To the process that runs now, if one does."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def __aenter__(self) -> Child:
        try:
            process = await self._start()
        except BaseException:
            await self._stop()
            raise
        self._keeper = asyncio.create_task(self._keep(process), name=f"keep {self.recipe.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._let_go()
        await self._stop()
        await self._watch.end()

    @asynccontextmanager
    async def away(self, how: signal.Signals = signal.SIGTERM) -> AsyncIterator[None]:
        """Ended by *how* for the time of the block, then started again. Raises Unavailable where it does not start: it
        is tried again, as ever."""
        await self._let_go()
        self.serving.clear()
        if self.pid is not None:
            os.kill(self.pid, how)
        await self._stop()
        await self._watch.end()
        try:
            yield
        finally:
            ended = self._process
            assert ended is not None  # noqa: S101 - it has run
            try:
                ended = await self._start()
            except BaseException:
                await self._stop()
                raise
            finally:
                self._keeper = asyncio.create_task(self._keep(ended), name=f"keep {self.recipe.name}")

    async def _let_go(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    async def _start(self) -> Process:
        """Spawn, and wait until it serves. Raises Unavailable with the last words of its log."""
        recipe = self.recipe
        if shutil.which(recipe.argv[0]) is None:
            raise Unavailable(f"{recipe.argv[0]} is not installed; `make setup` installs what is missing")
        await self._watch.begin()
        if recipe.before is not None:
            await recipe.before()
        listen, speak = os.pipe()
        try:
            with logfile.appending(recipe.log) as output:
                process = self._process = await create_subprocess_exec(
                    *_WITH_US,
                    *recipe.argv,
                    stdin=DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, **recipe.environment, ready.VARIABLE: str(speak)},
                    pass_fds=(speak,),
                    umask=0o077,  # what it makes is its owner's alone, sockets too
                    start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops all in order
                )
        except BaseException:
            os.close(listen)
            raise
        finally:
            os.close(speak)
        with os.fdopen(listen, "rb", buffering=0) as pipe:
            await self._until_it_serves(process, recipe.probe() if recipe.probe else ready.wait(pipe))
        if recipe.niceness:  # not before: whoever starts is waited for
            await priority.lower(process.pid, recipe.niceness)
        self.serving.set()
        return process

    async def _until_it_serves(self, process: Process, sign: Awaitable[None]) -> None:
        limit = self.recipe.ready_within
        serving, death = asyncio.ensure_future(sign), asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait({serving, death}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                return serving.result()
            how = f"ended with status {death.result()}" if death.done() else f"was not ready within {limit:g} s"
        finally:
            for task in (serving, death):
                task.cancel()
            await asyncio.wait({serving, death})  # whoever listens to a pipe lets go of it before it is closed
        raise Unavailable(f"{self.recipe.name} {how}: {logfile.last_words(self.recipe.log)} (log: {self.recipe.log})")

    async def _keep(self, process: Process) -> None:
        """Restart for ever: a part that is away is better started once more than given up."""
        attempt = 0
        while True:
            status = await process.wait()
            self.serving.clear()
            await self._watch.end()
            attempt += 1
            self.restarts += 1
            pause = backoff(attempt, self._dice())
            log.warning("child ended", child=self.recipe.name, status=status, restart_in_s=round(pause, 2))
            await asyncio.sleep(pause)
            try:
                process = await self._start()
                attempt = 0
                log.info("child restarted", child=self.recipe.name, pid=process.pid)
            except Unavailable as error:
                log.error("child does not start", child=self.recipe.name, reason=str(error))  # noqa: TRY400 - expected
                await self._stop()

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)  # a stopped process could not end
        try:
            await asyncio.wait_for(process.wait(), self.recipe.stop_within)
        except TimeoutError:
            log.warning("child did not stop in time", child=self.recipe.name)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
