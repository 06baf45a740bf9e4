"""Hears what an engine tells, and waits for a certain event. For any engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from tui_client.engine import Engine
from xasup.client.events import Event, MessageAdded, StateChanged
from xasup.protocol.states import State

PATIENCE = 10.0  # seconds
_Found = TypeVar("_Found", bound=Event)


class Ear:
    """Events in order; one that was waited for is gone, with those before it still there."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self._heard, self._news = engine, list[Event](), asyncio.Event()

    async def listen(self) -> None:
        async for event in self.engine.events():
            self._heard.append(event)
            self._news.set()

    async def hears(self, kind: type[_Found], wanted: Callable[[_Found], bool]) -> _Found:
        """The first such event."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self._news.clear()
                    for event in self._heard:
                        if isinstance(event, kind) and wanted(event):
                            self._heard.remove(event)
                            return event
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.engine.user} waited for {kind.__name__}, heard {self._heard}") from None

    async def gets(self, text: str) -> MessageAdded:
        """A message of somebody else."""
        return await self.hears(MessageAdded, lambda event: event.message.text == text and not event.message.mine)

    async def sees(self, id: str, state: State) -> StateChanged:
        """A message reach a state."""
        return await self.hears(StateChanged, lambda event: event.id == id and event.state is state)


@asynccontextmanager
async def ear(engine: Engine) -> AsyncIterator[Ear]:
    """An ear that listens for the time of the block."""
    found = Ear(engine)
    task = asyncio.create_task(found.listen(), name=f"ear of {engine.user}")
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.wait([task])
