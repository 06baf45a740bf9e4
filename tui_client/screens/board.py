"""A frame over the conversation: a title, rows among which a cursor moves, a remark, the keys below.

Refuses to know what the rows mean: whoever builds on it gives lines, and says what a key does to the row at the cursor.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_client.screens.ask import Ask
from tui_client.screens.over import Over
from tui_client.screens.question import Question
from tui_client.spans import Line, Role, Span, foreign_line, wrap
from tui_client.widgets.bar import Bar
from tui_client.widgets.sheet import Sheet
from xasup.client.events import Event
from xasup.protocol.errors import XasupError

T = TypeVar("T")
REMARK_ROWS = 3


class Board(Over[T]):
    """A line with a `key` can be stood on; Esc leaves without a result."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss", "close"),
        ("down,j", "step(1)", "next"),
        ("up,k", "step(-1)", "previous"),
        ("pagedown", "page(1)", "forward"),
        ("pageup", "page(-1)", "back"),
        ("enter", "choose", "choose"),
    ]
    TITLE = ""
    KEYS = ""

    def __init__(self) -> None:
        super().__init__()
        self.cursor = ""
        self._remark = Line()

    def lines(self, cells: int) -> Sequence[Line]:
        """What stands in the frame now."""
        raise NotImplementedError

    def keys(self) -> str:
        """What can be pressed, for the last row."""
        return self.KEYS

    async def load(self) -> None:
        """Ask for what is shown; errors are said. Called at the start and by `reload`."""

    async def choose(self, key: str) -> None:
        """Enter, or a click, on a row."""

    def hear(self, event: Event) -> None:
        """What the engine tells while this is shown."""

    # ---- what is built on it may call

    def say(self, text: str, grave: bool = False) -> None:
        """Something that a person should know, until something else is said; "" for nothing."""
        mark, role = ("✗ ", Role.BAD) if grave else ("· ", Role.ATTENTION)
        self._remark = Line((Span(mark + foreign_line(text), role),)) if text else Line()
        self.draw()

    def work(self, deed: Awaitable[None]) -> None:
        """Do it beside the screen; an error of ours is said."""
        self.run_worker(self._work(deed), group="deeds")

    async def underway(self, doing: str, deed: Awaitable[None], done: str) -> None:
        """Say what is being done while the answer is on its way, then show what there is now."""
        self.say(f"{doing} …")
        await deed
        await self.load()
        self.say(done)

    def reload(self) -> None:
        """Something changed elsewhere."""
        self.work(self._load())

    async def ask(self, prompt: str, value: str = "") -> str:
        """A line of text; "" where the person thought better of it."""
        return (await self.app.push_screen_wait(Ask(prompt, value)) or "").strip()

    async def confirm(self, question: str) -> bool:
        return await self.app.push_screen_wait(Question(question)) is True

    def draw(self) -> None:
        """Show the lines as they are now, the cursor on a row that is there."""
        if not self.is_mounted:
            return
        sheet = self.query_one(Sheet)
        lines = list(self.lines(sheet.cells))
        keys = _keys_of(lines)
        if self.cursor not in keys:
            self.cursor = keys[0] if keys else ""
        sheet.show(_pointed(lines, self.cursor))
        self._keep_in_view(sheet, lines)
        self.query_one("#remark-here", Bar).say(self._remark_lines)
        self.query_one("#keys", Bar).say(
            lambda cells: [Line((Span(r, Role.ATTENTION),)) for r in wrap(self.keys(), cells)]
        )

    # ---- inside

    def compose(self) -> ComposeResult:
        with Vertical(id="board") as frame:
            frame.border_title = self.TITLE
            yield Sheet(id="rows")
            yield Bar(id="remark-here")
            yield Bar(id="keys")

    def on_mount(self) -> None:
        self.call_after_refresh(self.draw)
        self.reload()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.draw)

    def on_click(self, event: events.Click) -> None:
        sheet = self.query_one(Sheet)
        line = sheet.line_at(event.screen_y - sheet.content_region.y) if event.widget is sheet else None
        if line is not None and line.key:
            self.cursor = line.key
            self.draw()
            self.work(self.choose(line.key))

    def action_choose(self) -> None:
        self.work(self.choose(self.cursor))

    def action_step(self, by: int) -> None:
        keys = _keys_of(self.query_one(Sheet).drawn)
        if not keys:
            return self.action_page(by)
        self.cursor = keys[min(max(keys.index(self.cursor) + by, 0), len(keys) - 1)]
        return self.draw()

    def action_page(self, by: int) -> None:
        sheet = self.query_one(Sheet)
        sheet.scroll_relative(y=by * max(1, sheet.size.height // 2), animate=False, force=True)

    async def _load(self) -> None:
        await self.load()
        self.draw()

    async def _work(self, deed: Awaitable[None]) -> None:
        try:
            await deed
        except XasupError as error:
            self.say(str(error), grave=True)

    def _remark_lines(self, cells: int) -> list[Line]:
        if not self._remark.spans:
            return []
        [span] = self._remark.spans
        return [Line((Span(row, span.role),)) for row in wrap(span.text, cells)[:REMARK_ROWS]]

    def _keep_in_view(self, sheet: Sheet, lines: Sequence[Line]) -> None:
        rows = [row for row, line in enumerate(lines) if line.key and line.key == self.cursor]
        if not rows:
            return
        if rows[0] < sheet.scroll_y:
            sheet.scroll_to(y=rows[0], animate=False, force=True)
        elif rows[-1] >= sheet.scroll_y + sheet.size.height:
            sheet.scroll_to(y=rows[-1] - sheet.size.height + 1, animate=False, force=True)


def _keys_of(lines: Sequence[Line]) -> list[str]:
    return list(dict.fromkeys(line.key for line in lines if line.key))


def _pointed(lines: Sequence[Line], cursor: str) -> list[Line]:
    """With the cursor before the first line of its row, and room for it before the others."""
    first = next((at for at, line in enumerate(lines) if line.key == cursor), -1)
    return [_behind("▸ " if at == first else "  ", line, line.key == cursor) for at, line in enumerate(lines)]


def _behind(pointer: str, line: Line, here: bool) -> Line:
    if not line.key:
        return line
    spans = (Span(span.text, Role.SELECTED) for span in line.spans) if here and pointer.strip() else line.spans
    return Line((Span(pointer, Role.SELECTED), *spans), line.key)
