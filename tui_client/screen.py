"""The screen: draws the keeper's view, hands what is typed to the desk, and reports what was really seen.

Refuses to know what commands do (deeds), what news mean (news) and how things are drawn (widgets).
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import TextArea

from tui_client import frame, slash
from tui_client.clocks import Clocks
from tui_client.commands.table import BY_NAME
from tui_client.desk import ScreenDesk
from tui_client.doorman import Doorman
from tui_client.engine import Engine
from tui_client.herald import Herald
from tui_client.keeper import Keeper
from tui_client.keyboard import Keyboard
from tui_client.keys import USUAL, Keys
from tui_client.roster import FOLD, Roster
from tui_client.screens.board import Board
from tui_client.screens.link import Link
from tui_client.screens.panel import Panel, ViewChanged
from tui_client.timers import unless_gone
from tui_client.view import View
from tui_client.widgets.bar import Bar
from tui_client.widgets.composer import Composer
from tui_client.widgets.people import People
from tui_client.widgets.talk import Talk
from xasup.client.events import Event

TYPING_EVERY = 3.0  # seconds
FRAME = 1 / 20  # seconds between two drawings of what happens by itself
LEISURE = 2.0  # the same, where only somebody came or went
SOON = 0.001  # a timer cannot be without time


class ChatScreen(Screen[None]):
    """List on the left, conversation on the right, input line and footer below."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (48, "-wide"), (120, "-broad")]  # noqa: RUF012 - declared so by Textual

    def __init__(self, engine: Engine, clocks: Clocks, keys: Keys = USUAL, doorman: Doorman | None = None) -> None:
        super().__init__()
        self._clocks = clocks
        self._keeper = Keeper(engine, clocks.steady, self._changed, keys, self._heard)
        self._desk = ScreenDesk(self, self._keeper, clocks, doorman)
        self._keyboard = Keyboard(keys)
        self._roster = Roster()
        self._pending: Timer | None = None
        self._pending_soon, self._drawn_at, self._ticking = False, float("-inf"), False
        self._herald = Herald(self._tell_terminal)
        self._typing_told = float("-inf")

    @property
    def view(self) -> View:
        """What is shown."""
        return self._keeper.view

    def compose(self) -> ComposeResult:
        with Horizontal(id="columns"):
            yield People(self._clocks.wall, id="people")
            with Vertical(id="conversation"):
                yield Bar(id="head")
                yield Talk(self._clocks.wall, self._keeper.look, id="talk")
                yield Bar(id="below")
                yield Bar(id="remark")
                yield Bar(id="aim")
                yield Composer(self._enter, self._key, id="composer")
        yield Bar(id="footer")

    def on_mount(self) -> None:
        self._herald.begin()
        self.query_one(Composer).focus()
        self.run_worker(self._keeper.listen(), name="events")
        self.run_worker(self._keeper.keep_lists(), name="lists")
        self.run_worker(self._desk.reopen(), name="reopen")
        self.watch(self.app, "app_focus", self._report, init=False)
        self._changed(False)

    def on_unmount(self) -> None:
        self._herald.end()

    def leave(self) -> None:
        """What was begun is kept, then the program ends."""
        self._desk.exit()

    def _heard(self, event: Event, before: View) -> None:
        """Who does not look is told; what lies over the conversation may wait for it."""
        self._herald.hear(event, before, self.view, self.app.app_focus)
        for screen in self.app.screen_stack:
            if isinstance(screen, Board | Link):
                screen.hear(event)

    def _tell_terminal(self, sequence: str) -> None:
        driver = self.app._driver
        if driver is not None:
            driver.write(sequence)

    # ---- drawing

    def _changed(self, can_wait: bool) -> None:
        """Draw before long, once for many changes; what *can_wait*, who comes and goes in the list, longer."""
        if not self.is_running or (self._pending is not None and (can_wait or self._pending_soon)):
            return
        if self._pending is not None:
            self._pending.stop()
        wait = self._drawn_at + (LEISURE if can_wait else FRAME) - self._clocks.steady()
        draw = self._draw_people if can_wait else self._draw
        self._pending, self._pending_soon = self.set_timer(max(wait, SOON), unless_gone(self, draw)), not can_wait

    def _draw(self) -> None:
        self._draw_people()
        self.query_one(Talk).show_view(self.view)
        self._draw_bars()
        self._herald.entitle(self.view)

    def _draw_people(self) -> None:
        """All that can show who is there."""
        if self._pending is not None:
            self._pending.stop()
        self._pending, self._drawn_at = None, self._clocks.steady()
        for screen in self.app.screen_stack:
            if isinstance(screen, Panel):
                screen.post_message(ViewChanged())
        self.query_one(People).show_entries(self._roster.entries(self.view), self.view.open)

    def _draw_bars(self) -> None:
        view, now = self.view, self._clocks.steady()
        self.query_one("#head", Bar).say(lambda cells: frame.head(view, now, cells))
        self.query_one("#below", Bar).say(lambda cells: frame.below(view, cells))
        self.query_one("#aim", Bar).say(lambda cells: frame.aim(view, cells))
        self.query_one("#remark", Bar).say(lambda cells: frame.remark(view, cells))
        self.query_one("#footer", Bar).say(lambda cells: frame.footer(view, now, cells, self._clocks.wall()))

        if not self._ticking and (view.retry_at is not None or view.typing):
            self._ticking = True
            self.set_timer(1.0, unless_gone(self, self._tick))

    def _tick(self) -> None:
        """Only while something on the screen counts seconds."""
        self._ticking = False
        self._keeper.forget_typing()
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

    async def _key(self, key: str, empty: bool) -> bool:
        """True where the key was for a command, or began one."""
        name = self._keyboard.command(key, bool(self.view.selected), empty)
        if name is None:
            self._keeper.select("")
        elif name:
            await self._desk.start(BY_NAME[name].do(self._desk, ""))
            self._draw()  # whoever pressed a key waits for nothing
        return name is not None

    async def _enter(self, typed: str) -> None:
        if not typed.strip():
            return
        self._keeper.remark("")
        match slash.parse(typed):
            case slash.Order(command, words):
                self._desk.resume()
                await self._desk.start(command.do(self._desk, words))
            case slash.Text(text):
                await self._desk.write(text, typed)
            case slash.Unknown(word):
                self._desk.prefill(typed)
                self._keeper.remark(f"there is no command /{word}; F1 lists them", grave=True)

    async def on_text_area_changed(self, event: TextArea.Changed) -> None:
        text, now = event.text_area.text, self._clocks.steady()
        self._desk.begin(text)
        self._keeper.narrow(slash.letters(text))
        writes = bool(text) and not text.startswith("/")
        if writes and self.view.standing(self.view.open).writable and now - self._typing_told >= TYPING_EVERY:
            self._typing_told = now
            await self._desk.tell_typing()

    async def on_people_chosen(self, event: People.Chosen) -> None:
        await self._desk.start(self._desk.fold() if event.key == FOLD else self._desk.turn_to(event.key))

    async def on_talk_wants(self, event: Talk.Wants) -> None:
        await self._desk.start(self._keeper.read_older() if event.older else self._keeper.read_newer())

    def on_talk_clicked(self, event: Talk.Clicked) -> None:
        self._desk.select(event.id)
