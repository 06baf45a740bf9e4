"""The desk at which commands work in the plain mode, as `counter.Desk` says. Refuses to know terminals."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from textual.screen import ModalScreen

from tui_client import slash
from tui_client.clocks import Clocks
from tui_client.commands import messages
from tui_client.commands.command import Command
from tui_client.commands.table import COMMANDS
from tui_client.consent import Taken
from tui_client.engine import Engine
from tui_client.keeper import Keeper
from tui_client.plain import sentences
from tui_client.plain.instead import INSTEAD
from tui_client.plain.teller import Teller
from tui_client.plain.voice import Voice
from tui_client.roster import next_key, next_unread, roster
from tui_client.spans import foreign_line
from tui_client.spoken import Spoken
from tui_client.view import View
from tui_client.window import find, stepped
from xasup.client.values import Preferences
from xasup.protocol.errors import Malformed, XasupError

T = TypeVar("T")
PAGE = 20  # lines said by `/older`
YES = ("y", "yes")
_NEEDS_SCREEN = "that needs a screen, which the plain mode has not; use `xasup chat` without --plain"


class LineDesk:
    """Carries out what is typed; an error of ours becomes a sentence, never a crash."""

    def __init__(self, keeper: Keeper, teller: Teller, voice: Voice, tasks: asyncio.TaskGroup, clocks: Clocks) -> None:
        self._keeper, self._teller, self._voice, self._tasks = keeper, teller, voice, tasks
        self._clocks = clocks
        self._deeds: set[asyncio.Task[None]] = set()
        self._answer: asyncio.Future[bool] | None = None

    async def hear(self, typed: str) -> None:
        """A line that somebody typed: the answer to a question, a command, or a text to send."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(typed.strip().lower() in YES)
        elif typed.strip():
            self._keeper.remark("")
            await self._start(self._carry_out(typed))

    async def tell_typing(self) -> None:
        """Let the other know that I write, where I may."""
        await self._start(self._keeper.tell_typing(self.view.open))

    async def finish(self, seconds: float) -> None:
        """Let deeds end that are under way; what takes longer than that is given up, as when a screen is left."""
        if self._answer is not None:
            self._answer.cancel()
        if self._deeds:
            await asyncio.wait(self._deeds, timeout=seconds)
        for deed in self._deeds:
            deed.cancel()

    @property
    def asks(self) -> bool:
        """Whether the next line answers a question."""
        return self._answer is not None

    # ---- as commands see it

    @property
    def engine(self) -> Engine:
        return self._keeper.engine

    @property
    def commands(self) -> Sequence[Command]:
        return COMMANDS

    @property
    def view(self) -> View:
        return self._keeper.view

    @property
    def clocks(self) -> Clocks:
        return self._clocks

    @property
    def doorman(self) -> None:
        """Accounts are changed before the screen, or with `xasup accounts`."""

    def remark(self, text: str) -> None:
        self._keeper.remark(text)

    def prefill(self, text: str) -> None:
        match slash.parse(text):
            case slash.Order(command, ""):
                self._voice.say(sentences.remark(f"Type {command.slash} to {command.help}"))
            case _ if not self._voice.suggest(text):
                self._voice.say(f"This was not sent: {foreign_line(text)}")

    def give_up(self) -> bool:
        begun = bool(self.view.reply or self.view.editing)
        self._keeper.compose()
        return begun

    async def fold(self) -> None:
        raise Malformed(_NEEDS_SCREEN)

    def answer(self, id: str) -> None:
        self._keeper.compose(reply=id)
        line = find(self.view.lines, id)
        if line is not None:
            self._voice.say(f"What you type next replies to: {foreign_line(line.text)}")

    def correct(self, id: str, text: str) -> None:
        self._keeper.compose(editing=id)
        self._voice.say("What you type next is sent instead.")
        self._voice.suggest(text)

    def browse(self, link: str) -> None:
        raise Malformed(_NEEDS_SCREEN)

    def copy(self, text: str) -> None:
        raise Malformed("the plain mode has no clipboard; /export writes the conversation to a file")

    async def turn_to(self, key: str) -> None:
        if key == self.view.open:
            return
        await self._keeper.turn_to(key)
        if key == self.view.open:
            self._teller.opened()

    async def turn_by(self, step: int) -> None:
        await self.turn_to(next_key(roster(self.view), self.view.open, step))

    async def turn_to_unread(self) -> None:
        await self.turn_to(next_unread(roster(self.view), self.view.open))

    async def go_to(self, key: str, seq: int) -> None:
        await self.turn_to(key)
        self._teller.older(await self.engine.messages_after(key, seq - 1, limit=PAGE))

    async def go_back(self) -> bool:
        return False

    async def go_forward(self) -> bool:
        return False

    def decided(self, taken: Taken | None) -> None:
        self._keeper.decided(taken)

    async def confirm(self, question: str) -> bool:
        if self._answer is not None:
            raise Malformed("answer the question before this first, with yes or no")
        self._answer = asyncio.get_running_loop().create_future()
        self._voice.say(f"{foreign_line(question)} Type yes or no.")
        try:
            return await self._answer
        finally:
            self._answer = None

    async def scroll(self, pages: int) -> None:
        first = self._teller.told.first
        if pages > 0 or not self.view.open:
            raise Malformed("there is nothing after what was said last")
        before = first or None
        self._teller.older(await self.engine.messages(self.view.open, before=before, limit=PAGE))

    async def go_to_end(self) -> None:
        self._teller.older(await self.engine.messages(self.view.open, limit=PAGE))

    async def go_to_beginning(self) -> None:
        self._teller.older(await self.engine.messages_after(self.view.open, 0, limit=PAGE))

    def select(self, id: str) -> None:
        was, line = self.view.selected, find(self.view.lines, id)
        self._keeper.select(id)
        if line is not None:
            self._voice.say(f"Selected is {sentences.named(line)} by {sentences.writer(line)}.")
        elif was:
            self._voice.say("Nothing is selected.")

    def step(self, by: int) -> None:
        self.select(stepped(self.view.lines, self.view.selected, by))

    async def show(self, screen: ModalScreen[T]) -> T | None:
        """What only shows something is said; the rest needs a screen."""
        if not isinstance(screen, Spoken):
            raise Malformed(_NEEDS_SCREEN)
        for line in screen.spoken():
            self._voice.say(sentences.remark(line))
        return None

    @property
    def themes(self) -> Sequence[str]:
        return ()

    @property
    def theme(self) -> str:
        return ""

    async def prefer(self, preferences: Preferences) -> None:
        await self._keeper.prefer(preferences)

    def exit(self, word: str = "", account: str = "") -> None:
        if word:
            self._voice.say(foreign_line(word))
        self._voice.close()

    # ---- inside

    async def _start(self, deed: Coroutine[Any, Any, None]) -> None:
        """Let it run beside; returns when it has done its first step, so that the next line goes where it turned to."""
        task = self._tasks.create_task(deed)
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)
        await asyncio.sleep(0)

    async def _carry_out(self, typed: str) -> None:
        try:
            await self._do(typed)
        except XasupError as error:
            self._keeper.remark(str(error), grave=True)

    async def _do(self, typed: str) -> None:
        match slash.parse(typed):
            case slash.Order(command, words):
                await INSTEAD.get(command.name, command.do)(self, words)
            case slash.Text(text):
                await self._write(text, typed)
            case slash.Unknown(word):
                raise Malformed(f"there is no command /{word}; /help lists them")

    async def _write(self, text: str, typed: str) -> None:
        view = self.view
        self._keeper.compose()
        try:
            accepted = await messages.write(self, view.open, text, view.reply, view.editing)
        except XasupError:
            self._voice.suggest(typed)
            raise
        if not accepted:
            self.prefill(typed)
