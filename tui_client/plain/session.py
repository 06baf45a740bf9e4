"""One person's conversations in lines: keeper, teller, desk and voice put together. Decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Protocol

from tui_client.clocks import Clocks
from tui_client.commands.table import COMMANDS
from tui_client.engine import Engine
from tui_client.keeper import Keeper
from tui_client.plain.completion import Candidate, candidates
from tui_client.plain.desk import LineDesk
from tui_client.plain.teller import Teller
from tui_client.plain.voice import Voice
from tui_client.spans import foreign_line
from xasup.protocol.errors import XasupError

TYPING_EVERY = 3.0  # seconds
FINISH = 2.0  # seconds for what is under way when somebody leaves


class Line(Protocol):
    """What a voice may ask about the line that is typed."""

    def prompt(self) -> str: ...

    def complete(self, before: str) -> Sequence[Candidate]: ...

    def changed(self, text: str) -> None: ...


class PlainSession:
    """*voice*: makes one for the line that is typed."""

    def __init__(self, engine: Engine, clocks: Clocks, voice: Callable[[Line], Voice]) -> None:
        self._engine, self._clocks = engine, clocks
        self._voice = voice(self)
        self._teller = Teller(self._voice, clocks.wall, engine.user)
        self._keeper = Keeper(engine, clocks.steady, lambda can_wait: self._teller.tell(self._keeper.view))
        self._desk: LineDesk | None = None
        self._typing_told = float("-inf")
        self._typing = asyncio.Event()

    async def run(self) -> None:
        """Until the person leaves, or the terminal does."""
        async with asyncio.TaskGroup() as tasks, aclosing(self._voice.lines()) as lines:
            desk = self._desk = LineDesk(self._keeper, self._teller, self._voice, tasks, self._clocks)
            for_ever = [
                tasks.create_task(each)
                for each in (
                    self._keeper.listen(),
                    self._keeper.keep_lists(),
                    self._teller.tell_states(),
                    self._teller.report(self._engine),
                    self._tell_typing(desk),
                )
            ]
            self._voice.say(f"XasUp, as {self._engine.user}. /help lists the commands, /list your conversations.")
            self._teller.tell(self._keeper.view)
            async for line in lines:
                await desk.hear(line)
            await desk.finish(FINISH)
            with suppress(XasupError):  # a disk that is full keeps nobody here
                await self._keeper.leave()
            for task in for_ever:
                task.cancel()

    # ---- of the line that is typed

    def prompt(self) -> str:
        if self._desk is not None and self._desk.asks:
            return "yes or no> "
        view = self._keeper.view
        return f"{foreign_line(view.title(view.open)) or 'nobody'}> "

    def complete(self, before: str) -> Sequence[Candidate]:
        return candidates(before, COMMANDS, self._keeper.view)

    def changed(self, text: str) -> None:
        now = self._clocks.steady()
        if text and not text.startswith("/") and now - self._typing_told >= TYPING_EVERY:
            self._typing_told = now
            self._typing.set()

    async def _tell_typing(self, desk: LineDesk) -> None:
        while True:
            await self._typing.wait()
            self._typing.clear()
            await desk.tell_typing()
