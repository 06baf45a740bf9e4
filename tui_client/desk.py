"""The desk at which commands work: a screen and its keeper, as `counter.Desk` says. Refuses to know commands."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from rich.text import Text
from textual.screen import ModalScreen, Screen

from tui_client import slash
from tui_client.clocks import Clocks
from tui_client.commands import messages
from tui_client.commands.command import Command
from tui_client.commands.table import COMMANDS
from tui_client.consent import Taken
from tui_client.doorman import Doorman
from tui_client.drafts import Drafts
from tui_client.engine import Engine
from tui_client.finding.trail import Place, Trail
from tui_client.keeper import Keeper
from tui_client.roster import Roster, next_key, next_unread
from tui_client.screens.question import Question
from tui_client.spans import foreign_line
from tui_client.themes import worn
from tui_client.view import View
from tui_client.widgets.composer import Composer
from tui_client.widgets.talk import Talk
from tui_client.window import stepped
from xasup.client.values import Preferences
from xasup.protocol.errors import XasupError

T = TypeVar("T")
DRAFT_AFTER = 0.4  # seconds from the first letter until the engine has it


class ScreenDesk:
    """Carries out one deed at a time or several at once; an error of ours becomes a remark, never a crash."""

    def __init__(self, screen: Screen[None], keeper: Keeper, clocks: Clocks, doorman: Doorman | None) -> None:
        self._screen, self._keeper, self._clocks, self._doorman = screen, keeper, clocks, doorman
        self._entries = Roster()
        self._drafts = Drafts(keeper.engine)
        self._keeping = False
        self._trail = Trail()

    @property
    def engine(self) -> Engine:
        return self._keeper.engine

    @property
    def commands(self) -> Sequence[Command]:
        return self.view.keys.bind(COMMANDS)

    @property
    def view(self) -> View:
        return self._keeper.view

    @property
    def clocks(self) -> Clocks:
        return self._clocks

    @property
    def doorman(self) -> Doorman | None:
        return self._doorman

    async def start(self, deed: Coroutine[Any, Any, None]) -> None:
        """Let *deed* run beside the screen; Textual holds its task. Returns when it has done its first step: whoever
        turns to another conversation has turned, and the next line goes there."""
        self._screen.run_worker(self._carry_out(deed), group="deeds")
        await asyncio.sleep(0)

    async def write(self, text: str, typed: str) -> None:
        """Send *text* to the open conversation, as a reply or a correction where one was begun; what cannot be sent
        comes back as it was *typed*."""
        view = self.view
        self._keeper.compose()
        await self.start(self._write(view, text, typed))

    def resume(self) -> None:
        """The text that was begun before a command was typed over it stands there again."""
        self.prefill(self._drafts.text(self.view.open, self.view.conversations))

    def begin(self, text: str) -> None:
        """This stands in the input line now; before long the engine has it."""
        beside = self.view.editing or slash.orders(text)
        if not beside and self._drafts.begin(self.view.open, text, self.view.conversations):
            self._keep_soon()

    async def tell_typing(self) -> None:
        """Let the other know that I write."""
        await self.start(self._keeper.tell_typing(self.view.open))

    # ---- as commands see it

    def remark(self, text: str) -> None:
        self._keeper.remark(text)

    def prefill(self, text: str) -> None:
        self._composer.put(text)

    def give_up(self) -> bool:
        view = self.view
        if view.editing or slash.filters(self._composer.text):
            self._keeper.compose()
            self.resume()
        elif view.reply:
            self._keeper.compose()
        else:
            return False
        return True

    async def fold(self) -> None:
        self._keeper.fold()

    def answer(self, id: str) -> None:
        self._keeper.compose(reply=id)

    def correct(self, id: str, text: str) -> None:
        self._keeper.compose(editing=id)
        self.prefill(text)

    def browse(self, link: str) -> None:
        self._screen.app.open_url(link)

    def copy(self, text: str) -> None:
        self._screen.app.copy_to_clipboard(text)

    async def reopen(self) -> None:
        """Turn to the conversation that was open when the program ended."""
        await self._keeper.ready.wait()
        key = self.view.preferences.open
        if not self.view.open and key in self.view.conversations:
            await self.turn_to(key)

    async def turn_to(self, key: str) -> None:
        """Each conversation keeps the text that was begun in it: nothing goes to the wrong person."""
        if key != self.view.open:
            self._change_drafts(key)
            await self._keeper.turn_to(key)

    async def go_to(self, key: str, seq: int) -> None:
        self._trail = self._trail.leave(self._here)
        await self._go_to(key, seq)

    async def go_back(self) -> bool:
        self._trail, place = self._trail.back(self._here)
        return await self._return(place)

    async def go_forward(self) -> bool:
        self._trail, place = self._trail.forward(self._here)
        return await self._return(place)

    def decided(self, taken: Taken | None) -> None:
        self._keeper.decided(taken)

    async def _go_to(self, key: str, seq: int) -> None:
        if key == self.view.open and not seq:
            self._keeper.select("")
            return await self._keeper.go_to_end()
        if key != self.view.open:
            self._change_drafts(key)
        await self._keeper.turn_to(key, seq)
        return self._talk.show_view(self.view)

    async def _return(self, place: Place | None) -> bool:
        if place is not None:
            await self._go_to(place.key, place.seq)
            self._keeper.select("")
        return place is not None

    async def turn_by(self, step: int) -> None:
        await self.turn_to(next_key(self._entries.entries(self.view), self.view.open, step))

    async def turn_to_unread(self) -> None:
        await self.turn_to(next_unread(self._entries.entries(self.view), self.view.open))

    async def show(self, screen: ModalScreen[T]) -> T | None:
        return await self._screen.app.push_screen_wait(screen)

    async def confirm(self, question: str) -> bool:
        return await self.show(Question(question)) is True

    async def scroll(self, pages: int) -> None:
        self._talk.turn(pages)

    async def go_to_end(self) -> None:
        await self._keeper.go_to_end()

    async def go_to_beginning(self) -> None:
        await self._keeper.go_to_beginning()
        self._talk.show_view(self.view)
        self._talk.turn_to_top()

    def select(self, id: str) -> None:
        self._keeper.select(id)

    def step(self, by: int) -> None:
        view = self.view
        if not view.selected:
            self.select(self._talk.last_in_view())
        else:
            self.select(stepped(view.lines, view.selected, by))

    @property
    def themes(self) -> Sequence[str]:
        return list(self._screen.app.available_themes)

    @property
    def theme(self) -> str:
        return self._screen.app.theme

    async def prefer(self, preferences: Preferences) -> None:
        before = self.view.preferences.theme
        await self._keeper.prefer(preferences)
        if preferences.theme != before:
            self._screen.app.theme = worn(preferences.theme, self.themes)

    def exit(self, word: str = "", account: str = "") -> None:
        self._screen.run_worker(self._leave(word, account), group="leaving", exclusive=True)

    # ---- inside

    @property
    def _here(self) -> Place:
        return Place(self.view.open, 0 if self.view.following else self._talk.first_in_view())

    @property
    def _talk(self) -> Talk:
        return self._screen.query_one(Talk)

    @property
    def _composer(self) -> Composer:
        return self._screen.query_one(Composer)

    async def _carry_out(self, deed: Coroutine[Any, Any, None]) -> None:
        try:
            await deed
        except XasupError as error:
            self._keeper.remark(str(error), grave=True)

    async def _write(self, view: View, text: str, typed: str) -> None:
        try:
            accepted = await messages.write(self, view.open, text, view.reply, view.editing)
        except XasupError:
            self._give_back(view, typed)
            raise
        if not accepted:
            self._give_back(view, typed)
        elif view.open == self.view.open:
            await self._keeper.go_to_end()

    def _give_back(self, view: View, typed: str) -> None:
        if view.open != self.view.open:
            self._drafts.begin(view.open, typed, self.view.conversations)
            return
        self.prefill(f"{typed} {self._composer.text}" if self._composer.text else typed)
        self._keeper.compose(view.reply, view.editing)

    def _change_drafts(self, key: str) -> None:
        """The text that was begun here stays here; the one that was begun there comes."""
        if not (self.view.editing or slash.orders(self._composer.text)):
            self._drafts.begin(self.view.open, self._composer.text, self.view.conversations)
        self.prefill(self._drafts.text(key, self.view.conversations))
        self._keep_soon()

    def _keep_soon(self) -> None:
        if not self._keeping:
            self._keeping = True
            self._screen.set_timer(DRAFT_AFTER, self._keep_now)

    async def _keep_now(self) -> None:
        self._keeping = False
        await self.start(self._drafts.keep())

    async def _leave(self, word: str, account: str) -> None:
        """What was begun and where reading stopped are kept; a disk that is full keeps nobody here."""
        self.begin(self._composer.text)
        with suppress(XasupError):
            await self._drafts.keep()
            await self._keeper.leave()
        self._screen.app.exit(account or None, message=Text(foreign_line(word)) if word else None)
