"""The screen: draws the keeper's view, hands what is typed to the desk, and reports what was really seen.

Refuses to know what commands do (deeds), what news mean (news) and how things are drawn (widgets).
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from tui_client import frame, slash
from tui_client.clocks import Clocks
from tui_client.commands import BY_KEY, BY_NAME
from tui_client.desk import ScreenDesk
from tui_client.engine import Engine
from tui_client.keeper import Keeper
from tui_client.roster import roster
from tui_client.view import View
from tui_client.widgets.bar import Bar
from tui_client.widgets.composer import Composer
from tui_client.widgets.people import People
from tui_client.widgets.talk import Talk

TYPING_EVERY = 3.0  # seconds


class ChatScreen(Screen[None]):
    """List on the left, conversation on the right, input line and footer below."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (48, "-wide")]  # noqa: RUF012 - declared so by Textual

    def __init__(self, engine: Engine, clocks: Clocks) -> None:
        super().__init__()
        self._clocks = clocks
        self._keeper = Keeper(engine, clocks.steady, self._changed)
        self._desk = ScreenDesk(self, self._keeper)
        self._drawing = False
        self._typing_told = float("-inf")

    @property
    def view(self) -> View:
        """What is shown."""
        return self._keeper.view

    def compose(self) -> ComposeResult:
        with Horizontal(id="columns"):
            yield People(id="people")
            with Vertical(id="conversation"):
                yield Bar(id="head")
                yield Talk(self._clocks.wall, id="talk")
                yield Bar(id="remark")
                yield Composer(self._enter, self._order, BY_KEY, id="composer")
        yield Bar(id="footer")

    def on_mount(self) -> None:
        self.query_one(Composer).focus()
        self.run_worker(self._keeper.listen(), name="events")
        self.run_worker(self._keeper.keep_lists(), name="lists")
        self.set_interval(1.0, self._tick)
        self.watch(self.app, "app_focus", self._report, init=False)
        self._changed()

    # ---- drawing

    def _changed(self) -> None:
        """Draw before long, once for many changes."""
        if not self._drawing and self.is_running:
            self._drawing = True
            self.call_later(self._draw)

    def _draw(self) -> None:
        self._drawing = False
        view = self.view
        self.query_one(People).show_entries(roster(view), view.open)
        self.query_one(Talk).show_messages(view.open, view.lines)
        self._draw_bars()

    def _draw_bars(self) -> None:
        view, now = self.view, self._clocks.steady()
        self.query_one("#head", Bar).say(lambda cells: frame.head(view, now, cells))
        self.query_one("#remark", Bar).say(lambda cells: frame.remark(view, cells))
        self.query_one("#footer", Bar).say(lambda cells: frame.footer(view, now, cells))

    def _tick(self) -> None:
        if self.view.retry_at is not None or self.view.typing:
            self._draw_bars()

    # ---- receipts: only what was in view, uncovered, before somebody who looks

    def on_talk_moved(self) -> None:
        self.call_after_refresh(self._report)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self._report)

    async def _report(self) -> None:
        seen = self.query_one(Talk).seen()
        if seen and self.app.screen is self and self.app.app_focus:
            await self._desk.start(self._keeper.report(seen))

    # ---- what people do

    async def _order(self, name: str) -> None:
        await self._desk.start(BY_NAME[name].do(self._desk, ""))

    async def _enter(self, typed: str) -> None:
        if not typed.strip():
            return
        self._keeper.remark("")
        match slash.parse(typed):
            case slash.Order(command, words):
                await self._desk.start(command.do(self._desk, words))
            case slash.Text(text):
                await self._desk.write(text, typed)
            case slash.Unknown(word):
                self._desk.prefill(typed)
                self._keeper.remark(f"there is no command /{word}; F1 lists them", grave=True)

    async def on_input_changed(self, event: Input.Changed) -> None:
        now = self._clocks.steady()
        writes = bool(event.value) and not event.value.startswith("/")
        if writes and self.view.standing(self.view.open).writable and now - self._typing_told >= TYPING_EVERY:
            self._typing_told = now
            await self._desk.tell_typing()

    async def on_people_chosen(self, event: People.Chosen) -> None:
        await self._desk.start(self._desk.turn_to(event.key))

    async def on_talk_wants_older(self) -> None:
        await self._desk.start(self._keeper.read_older())
