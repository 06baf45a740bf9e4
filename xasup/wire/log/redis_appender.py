"""Appends to the log in Redis: one script call for each batch, several batches under way, each taken once.

One task sends, one takes the replies in order. After any failure all that has no reply goes out again on a new
connection, in order; the script knows which of it was taken already. Refuses to know: positions, consumers, memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import deque
from collections.abc import Callable
from pathlib import Path

from xasup.protocol.errors import Unavailable
from xasup.wire.log.port import Fatal, State
from xasup.wire.log.redis_batch import Batch, Call, form
from xasup.wire.log.redis_keys import HeaderPress, Keys
from xasup.wire.redis.link import PATIENCE, Command, Link

UNDER_WAY = 4  # batches without a reply
BATCH = 1000  # records from which on a batch is closed: few enough that no script holds Redis for long
_REMEMBERED = 2 * UNDER_WAY
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5)  # seconds before another attempt; the last for ever
UP = State("up")


class Appender:
    """*producer*: its name; *keep*: seconds that its state is kept after its last batch, 0 for ever. *blocked* says, as
    a state, why nothing may be sent now; call `unblock()` when that may have ended. `starved`: Redis refuses appends
    for want of memory."""

    def __init__(self, url: str, keys: Keys, producer: str, keep: int, blocked: Callable[[], State | None]) -> None:
        sources = {name: Path(__file__).with_name(f"{name}.lua").read_text() for name in ("append", "claim")}
        self._append, self._claim = (_hash(sources[name]) for name in ("append", "claim"))
        self._link = Link(url, list(sources.values()))
        self._streams, self._state_key, self._keep = keys.streams(), keys.producer(producer), keep
        self._producer, self._blocked = producer, blocked
        self._press = HeaderPress()
        self._calls: deque[Call] = deque()
        self._unsent: deque[Batch] = deque()  # sent before, and to be sent again
        self._sent: deque[Batch] = deque()
        self._work, self._settled = asyncio.Event(), asyncio.Event()
        self._epoch = self._number = 0
        self._fatal: Fatal | None = None
        self._task: asyncio.Task[None] | None = None
        self.pending = self.appended = 0
        self.starved = False
        self.state = UP

    async def claim(self) -> None:
        """Take the name now, where Redis answers at once; otherwise that is done as soon as it does."""
        with contextlib.suppress(Unavailable):
            await self._connect()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="log appender")

    async def close(self) -> None:
        """What has no outcome yet fails."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._give_up(Fatal("the log was closed"))
        await self._link.close()

    def append(self, call: Call) -> None:
        if self._fatal is not None:
            return Batch(0, [call]).fail(self._fatal)
        self._calls.append(call)
        self.pending += len(call.records)
        return self._work.set()

    def unblock(self) -> None:
        self._work.set()

    async def _run(self) -> None:
        try:
            await self._serve_always()
        except Exception as error:
            self._give_up(Fatal(f"the appender has failed: {error!r}"))
            raise

    async def _serve_always(self) -> None:
        attempt = 0
        while self._fatal is None:
            try:
                taken = self.appended
                await self._serve()
            except Unavailable as error:
                attempt = 1 if self.appended > taken else attempt + 1
                self.starved, self.state = _no_memory(error), _state_of(error)
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES)) - 1])

    async def _serve(self) -> None:
        """Until something fails. Raises Unavailable."""
        if not self._link.connected:
            await self._connect()
        self._unsent = self._sent + self._unsent
        self._sent = deque()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send())
                tasks.create_task(self._receive())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self._link.close()

    async def _connect(self) -> None:
        await self._link.open()
        if not self._epoch:
            [epoch] = await self._link.ask([("EVALSHA", self._claim, 1, self._state_key, self._keep)])
            if isinstance(epoch, Unavailable):
                raise epoch
            self._epoch, self.starved = epoch, False
        self._seems_up()

    async def _send(self) -> None:
        first = True
        while True:
            while len(self._sent) >= UNDER_WAY or not self._may_send():
                self._work.clear()
                await self._work.wait()
            batch = self._unsent.popleft() if self._unsent else self._form()
            self._sent.append(batch)
            self._settled.set()
            await self._link.send([self._command(batch, first)])
            first = False

    def _may_send(self) -> bool:
        if not self._calls and not self._unsent:
            return False
        reason = self._blocked()
        if reason is not None:
            self.state = reason
            return False
        self._seems_up()
        return True

    def _seems_up(self) -> None:
        """Without memory for an append Redis answers all the same: it is up again when it has taken one."""
        if not self.starved:
            self.state = UP

    def _form(self) -> Batch:
        calls, size = [], 0
        while self._calls and size < BATCH:
            calls.append(self._calls.popleft())
            size += len(calls[-1].records)
        self._number += 1
        return form(self._number, calls, self._streams, self._press)

    def _command(self, batch: Batch, first: bool) -> Command:
        fixed = (self._epoch, batch.number, int(first), _REMEMBERED, self._keep)
        return ("EVALSHA", self._append, *batch.arguments(self._streams, self._state_key, fixed))

    async def _receive(self) -> None:
        while True:
            while not self._sent:
                self._settled.clear()
                await self._settled.wait()
            reply = await self._link.receive(PATIENCE)
            if isinstance(reply, Unavailable):
                self._refused(reply)
                raise reply
            batch = self._sent.popleft()
            if self.starved:
                self.starved, self.state = False, UP
            self.pending -= batch.size
            self.appended += batch.size
            batch.settle(reply)
            self._work.set()

    def _refused(self, error: Unavailable) -> None:
        if "FENCED" in str(error):
            self._give_up(
                Fatal(f"another producer {self._producer!r} has taken over this log; only the last one may append")
            )
        elif "FORGOTTEN" in str(error):
            self._give_up(Fatal(f"Redis has forgotten what became of a batch of {self._producer!r}: {error}"))

    def _give_up(self, error: Fatal) -> None:
        self._fatal = self._fatal or error
        for batch in (*self._sent, *self._unsent, Batch(0, list(self._calls))):
            batch.fail(error)
        self._sent, self._unsent, self._calls = deque(), deque(), deque()
        self.pending = 0


def _no_memory(error: Unavailable) -> bool:
    return "maxmemory" in str(error)


def _state_of(error: Unavailable) -> State:
    if _no_memory(error):
        return State("full", "Redis has reached its maxmemory, and consumers have not committed enough to trim")
    return State("away", str(error))


def _hash(source: str) -> str:
    """As Redis names a script."""
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
