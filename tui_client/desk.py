"""The desk at which commands work: a screen and its keeper, as `counter.Desk` says. Refuses to know commands."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from textual.screen import Screen

from tui_client import deeds
from tui_client.dialogs import Help, Question
from tui_client.engine import Engine
from tui_client.keeper import Keeper
from tui_client.roster import next_key, next_unread, roster
from tui_client.view import View
from tui_client.widgets.composer import Composer
from tui_client.widgets.talk import Talk
from xasup.protocol.errors import Unavailable, XasupError


class ScreenDesk:
    """Carries out one deed at a time or several at once; an error of ours becomes a remark, never a crash."""

    def __init__(self, screen: Screen[None], keeper: Keeper) -> None:
        self._screen, self._keeper = screen, keeper
        self._drafts: dict[str, str] = {}

    @property
    def engine(self) -> Engine:
        return self._keeper.engine

    @property
    def view(self) -> View:
        return self._keeper.view

    async def start(self, deed: Coroutine[Any, Any, None]) -> None:
        """Let *deed* run beside the screen; Textual holds its task. Returns when it has done its first step: whoever
        turns to another conversation has turned, and the next line goes there."""
        self._screen.run_worker(self._carry_out(deed), group="deeds")
        await asyncio.sleep(0)

    async def write(self, text: str, typed: str) -> None:
        """Send *text* to the open conversation; what cannot be sent comes back as it was *typed*."""
        await self.start(self._write(self.view.open, text, typed))

    async def tell_typing(self) -> None:
        """Let the other know that I write."""
        await self.start(self._tell_typing(self.view.open))

    # ---- as commands see it

    def remark(self, text: str) -> None:
        self._keeper.remark(text)

    def prefill(self, text: str) -> None:
        composer = self._composer
        composer.value = text
        composer.cursor_position = len(text)

    async def turn_to(self, key: str) -> None:
        """Each conversation keeps the text that was begun in it: nothing goes to the wrong person."""
        before, composer = self.view.open, self._composer
        if key == before:
            return
        self._drafts[before] = composer.value
        self.prefill(self._drafts.pop(key, ""))
        await self._keeper.turn_to(key)

    async def turn_by(self, step: int) -> None:
        await self.turn_to(next_key(roster(self.view), self.view.open, step))

    async def turn_to_unread(self) -> None:
        await self.turn_to(next_unread(roster(self.view), self.view.open))

    async def confirm(self, question: str) -> bool:
        agreed: bool = await self._screen.app.push_screen_wait(Question(question))
        return agreed

    async def scroll(self, pages: int) -> None:
        self._screen.query_one(Talk).turn(pages)

    def toggle_help(self) -> None:
        self._screen.app.push_screen(Help())

    def exit(self) -> None:
        self._screen.app.exit()

    # ---- inside

    @property
    def _composer(self) -> Composer:
        return self._screen.query_one(Composer)

    async def _carry_out(self, deed: Coroutine[Any, Any, None]) -> None:
        try:
            await deed
        except XasupError as error:
            self._keeper.remark(str(error), grave=True)

    async def _write(self, key: str, text: str, typed: str) -> None:
        try:
            accepted = await deeds.write(self, key, text)
        except XasupError:
            self._give_back(key, typed)
            raise
        if not accepted:
            self._give_back(key, typed)

    def _give_back(self, key: str, typed: str) -> None:
        if key != self.view.open:
            self._drafts[key] = typed
        elif not self._composer.value:
            self.prefill(typed)
        else:
            self.prefill(f"{typed} {self._composer.value}")

    async def _tell_typing(self, key: str) -> None:
        try:
            await self.engine.typing(key)
        except Unavailable:
            return  # nobody need know that this did not go out
