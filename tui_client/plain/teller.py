"""Says what the view has new, as it comes, and reports what was said as shown. Refuses to know sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from tui_client.engine import Engine
from tui_client.plain import sentences, telling
from tui_client.plain.telling import Say, Told
from tui_client.plain.voice import Voice
from tui_client.view import View
from xasup.client.values import Message
from xasup.protocol.errors import Unavailable

SETTLE = 0.3  # seconds in which a message often comes from sent to read; one sentence says it then


class Teller:
    """The one who speaks of what happens; the desk speaks of what was asked."""

    def __init__(self, voice: Voice, wall: Callable[[], datetime], me: str) -> None:
        """*wall*: the clock in the zone in which times are said."""
        self._voice, self._wall = voice, wall
        self.told = Told(View(me))
        self._moved, self._shown = asyncio.Event(), asyncio.Queue[tuple[str, tuple[str, ...]]]()

    def tell(self, view: View) -> None:
        """Everything that is new in *view*."""
        self._say(telling.news(self.told, view, self._wall().tzinfo))
        self._moved.set()

    def opened(self) -> None:
        """The lines of the open conversation are read."""
        self._say(telling.opened(self.told, self._wall().tzinfo))

    def older(self, lines: list[Message]) -> None:
        """A page that somebody asked for."""
        self._say(telling.older(self.told, lines, self._wall().tzinfo))

    async def tell_states(self) -> None:
        """For ever: how far messages of mine came."""
        while True:
            await self._moved.wait()
            await asyncio.sleep(SETTLE)
            self._moved.clear()
            self._say(telling.states(self.told, self.told.view))

    async def report(self, engine: Engine) -> None:
        """For ever: what was said was shown."""
        while True:
            conversation, ids = await self._shown.get()
            try:
                await engine.shown(conversation, ids)
            except Unavailable as error:
                self._voice.say(sentences.remark(str(error)))

    def _say(self, say: Say) -> None:
        self.told = say.told
        for line in say.lines:
            self._voice.say(line)
        if say.shown:
            self._shown.put_nowait((say.told.view.open, say.shown))
