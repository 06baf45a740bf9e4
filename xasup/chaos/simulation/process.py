"""A simulated process: what runs, on which loop; killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from xasup.chaos.simulation.loop import Loop
from xasup.chaos.simulation.tcp import Network
from xasup.chaos.simulation.universe import Universe

Work = Callable[[Loop], Coroutine[Any, Any, None]]
_DISK = 0.0002, 0.01  # seconds that a commit takes


class Process:
    """*work*: what it does, until it is killed. `failures`: what it died of by itself, which is a defect."""

    def __init__(self, universe: Universe, network: Network, name: str, work: Work) -> None:
        self._universe, self._network, self.name, self._work = universe, network, name, work
        self.loop: Loop | None = None
        self._loops: list[Loop] = []
        self._back_at: float | None = None

    @property
    def alive(self) -> bool:
        return self.loop is not None and self.loop.alive

    @property
    def failures(self) -> list[str]:
        return [failure for loop in self._loops for failure in loop.failed]

    def start(self) -> None:
        """Unless it runs."""
        if self.alive:
            return
        loop = self.loop = Loop(  # type: ignore[abstract] # what nobody of us asks of a loop is not there
            self._universe, self.name, self._network.connect, _disk, self._died
        )
        self._loops.append(loop)
        task = loop.create_task(self._work(loop), name=self.name)
        task.add_done_callback(lambda done: self._ended(loop, done))
        self._universe.say(f"{self.name} starts")

    def kill(self, callbacks: int, back_in: float) -> None:
        """After so many *callbacks* more, wherever that is; it comes back in so many seconds."""
        if self.alive and self.loop is not None:
            self._back_at = back_in
            self.loop.fuse = callbacks

    def stop_for(self, seconds: float) -> None:
        """It stands still."""
        if self.alive and self.loop is not None:
            self.loop.stop_for(seconds)

    def _died(self) -> None:
        self._universe.say(f"{self.name} is killed")
        if self.loop is not None:
            for connection in self._network.of(self.loop):
                connection.process_died()
        if self._back_at is not None:
            self._universe.after(self._back_at, self.start)

    def _ended(self, loop: Loop, task: asyncio.Task[None]) -> None:
        if loop.alive:
            error = None if task.cancelled() else task.exception()
            loop.failed.append(f"{self.name} ended by itself: {error!r}")
            loop.kill()


def _disk(loop: Loop) -> float:
    return loop.universe.latency(*_DISK)
