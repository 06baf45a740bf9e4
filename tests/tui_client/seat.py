"""A person before a screen, for tests: types, and waits for what the screen says. Works with any engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from textual import events
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.strip import Strip

from tui_client.app import ChatApp
from tui_client.clocks import Clocks
from tui_client.doorman import Doorman
from tui_client.engine import Engine
from tui_client.frontage import Frontage
from tui_client.keys import USUAL, Keys
from tui_client.screen import ChatScreen

PATIENCE = 10.0  # seconds
HOUR_LATER = Clocks(wall=lambda: datetime(2026, 11, 22, 13, 0))  # than the first message of tests


class Eyes:
    """And hands, at any of our applications."""

    def __init__(self, app: Frontage[str], pilot: Pilot[str]) -> None:
        self.app, self.pilot = app, pilot

    def strips(self) -> list[Strip]:
        """The lines as the application itself would draw them: with what lies beneath the uppermost screen."""
        visible_screen_stack.set(self.app._background_screens)
        return self.app.screen._compositor.render_strips(self.app.size)

    def rows(self) -> list[str]:
        """What is on the screen, line by line."""
        width, height = self.app.size
        strips = self.strips()
        return [strips[y].text if y < len(strips) else " " * width for y in range(height)]

    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self.rows())

    async def sees(self, *texts: str) -> str:
        """Wait until all of them are on the screen."""
        return await self._until(lambda text: all(each in text for each in texts), f"to see {texts}")

    async def misses(self, *texts: str) -> str:
        """Wait until none of them is."""
        return await self._until(lambda text: not any(each in text for each in texts), f"not to see {texts}")

    async def presses(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def types(self, text: str, enter: bool = True) -> None:
        """A text at the cursor, then Enter. (Letter by letter is what the test in a real terminal does.)"""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()
        if enter:
            await self.pilot.press("enter")

    async def rests(self) -> str:
        """Wait until the screen has said the same three times over; what it says."""
        before: list[str] = []
        while len(before) < 3 or len(set(before[-3:])) > 1:
            await self.pilot.pause()
            before.append(self.text())
        return before[-1]

    async def looks_away(self) -> None:
        """Another window gets the focus."""
        self.app.post_message(events.AppBlur())
        await self.pilot.pause()

    async def looks_back(self) -> None:
        self.app.post_message(events.AppFocus())
        await self.pilot.pause()

    async def leaves(self) -> str | None:
        """Wait until the program is left; with what account to go on."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not self.app._exit:
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"waited for the end; the screen says:\n{self.text()}") from None
        return self.app.return_value

    async def ends(self, word: str) -> None:
        """Wait until the program is left, with this word for the terminal."""
        await self.leaves()
        assert [word in str(each) for each in self.app._exit_renderables] == [True]

    async def _until(self, wanted, what: str) -> str:  # type: ignore[no-untyped-def] # a predicate over text
        try:
            async with asyncio.timeout(PATIENCE):
                while not wanted(text := self.text()):
                    await self.pilot.pause(0.01)
                return text
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE:g} s {what}; the screen says:\n{self.text()}") from None


class Seat(Eyes):
    """Before the chat."""

    app: ChatApp

    @property
    def screen(self) -> ChatScreen:
        found = self.app.screen_stack[0]
        assert isinstance(found, ChatScreen)
        return found

    @property
    def engine(self) -> Engine:
        return self.app.engine


@asynccontextmanager
async def seat(
    engine: Engine,
    size: tuple[int, int] = (80, 24),
    colour: bool = True,
    keys: Keys = USUAL,
    clocks: Clocks = HOUR_LATER,
    doorman: Doorman | None = None,
) -> AsyncIterator[Seat]:
    """The terminal client on *engine*, its lists read."""
    app = ChatApp(engine, clocks, colour, keys=keys, doorman=doorman)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Seat(app, pilot)
