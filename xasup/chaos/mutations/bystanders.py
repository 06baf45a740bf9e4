"""`python -m xasup.chaos.mutations.bystanders FILE`: two honest people, in a process of their own, who write to each
other all the while; in the end a file beside it says how long that took, and what did not come.

Refuses to know: what else happens at their broker.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from xasup.client.place import address_of
from xasup.protocol import codec, topics
from xasup.protocol.connect import ConnectString, parse
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId
from xasup.runtime.ready import report_ready
from xasup.wire import private
from xasup.wire.mqtt import Subscription, Wire, connect

PAUSE = 0.02  # seconds between two messages of one
_LATE = 5.0  # seconds for the last ones to come


class Told(NamedTuple):
    """*sent*: messages; *p99*, *slowest*: seconds from one to the other; *lost*: how many did not come; *ends*: how
    often a connection of theirs ended."""

    sent: int
    p99: float
    slowest: float
    lost: int
    ends: int


def engaged(file: Path, one: ConnectString, two: ConnectString) -> list[str]:
    """The command line of their process; *file*: for the tokens, and beside it for what they tell."""
    private.write(file, f"{one.reveal()}\n{two.reveal()}\n")
    return [sys.executable, "-m", "xasup.chaos.mutations.bystanders", str(file)]


def told(file: Path) -> Told:
    """What they told when they ended."""
    return Told(**codec.decode_object(_beside(file).read_bytes()))


def _beside(file: Path) -> Path:
    return file.with_suffix(".told")


class Pair:
    """Both of them."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._begun: dict[bytes, float] = {}
        self._took: list[float] = []
        self._sent = self._ends = 0

    async def talk(self, first: ConnectString, second: ConnectString) -> None:
        """Until it is over. A connection that ends is noted."""
        try:
            async with connect(address_of(first, None)) as one, connect(address_of(second, None)) as two:
                await self._go_on(one, first.client, two, second.client)
        except* Unavailable:
            self._ends += 1
        await self.over.wait()

    async def _go_on(self, one: Wire, first: ClientId, two: Wire, second: ClientId) -> None:
        for wire, client in ((one, first), (two, second)):
            await wire.subscribe([Subscription(topics.mailbox(client.user))])
        async with asyncio.TaskGroup() as tasks:
            hearing = [tasks.create_task(self._hear(wire)) for wire in (one, two)]
            report_ready(os.environ)
            async with asyncio.TaskGroup() as saying:
                saying.create_task(self._say(one, first, second))
                saying.create_task(self._say(two, second, first))
            await self._come_to_rest()
            for task in hearing:
                task.cancel()

    async def _say(self, wire: Wire, me: ClientId, to: ClientId) -> None:
        while not self.over.is_set():
            self._sent += 1
            text = f"{me} says {self._sent}".encode()
            self._begun[text] = time.monotonic()
            await wire.publish(topics.message(to.user, me.user), text)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), PAUSE)

    async def _hear(self, wire: Wire) -> None:
        async for batch in wire.batches():
            wire.ack(batch)
            for message in batch:
                begun = self._begun.pop(message.payload, None)
                if begun is not None:
                    self._took.append(time.monotonic() - begun)

    async def _come_to_rest(self) -> None:
        until = time.monotonic() + _LATE
        while self._begun and time.monotonic() < until:  # noqa: ASYNC110 - a moment, at the end
            await asyncio.sleep(0.01)

    def told(self) -> Told:
        """What came of it."""
        ordered = sorted(self._took) or [0.0]
        return Told(self._sent, ordered[len(ordered) * 99 // 100], ordered[-1], len(self._begun), self._ends)


async def perform(file: Path, first: ConnectString, second: ConnectString) -> None:
    """Until SIGTERM."""
    pair = Pair()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, pair.over.set)
    await pair.talk(first, second)
    private.write(_beside(file), codec.encode(pair.told()._asdict()).decode())


if __name__ == "__main__":
    asyncio.run(perform(Path(sys.argv[1]), *map(parse, Path(sys.argv[1]).read_text().split())))
