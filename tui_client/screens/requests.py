"""Requests in a place of their own: who asks me, which groups invite me, whom I asked. Refuses to know what a decision
lets others learn (consent.py) and how it is carried out (commands/deciding.py)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from tui_client.counter import Desk
from tui_client.finding.waiting import KEYS, Request, choice_lines, request_lines, requests, told
from tui_client.screens.panel import Panel, ViewChanged, said
from tui_client.spans import Line, Role, foreign_line
from xasup.protocol.errors import XasupError

Decide = Callable[[str, str], Awaitable[None]]  # a command, about whom


class Requests(Panel[str]):
    """Its result is the conversation that was chosen."""

    def __init__(self, desk: Desk, decide: Decide, undo: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._desk, self._decide, self._undo = desk, decide, undo
        self._requests: tuple[Request, ...] = ()
        self._trouble = ""

    def spoken(self) -> Sequence[str]:
        found = [told(request, self._desk.clocks.wall()) for request in requests(self._desk.view)]
        return found or ["no request waits, yours or of others"]

    def began(self) -> None:
        self._draw()

    def on_view_changed(self, event: ViewChanged) -> None:
        self._draw()

    def choose(self, row: int) -> None:
        if self._requests:
            self.dismiss(self._requests[row].key)

    async def press(self, key: str) -> bool:
        request = self._current
        command = KEYS[request.kind].get(key) if request else None
        if request and command:
            self.run_worker(self._carry_out(self._decide(command, request.key)), group="deeds")
        elif key == "u":
            self.run_worker(self._carry_out(self._undo()), group="deeds")
        else:
            return await super().press(key)
        return True

    def title_lines(self, cells: int) -> Sequence[Line]:
        waiting = len(self._desk.view.waiting())
        return said(f"Requests: {waiting or 'none'} for you to answer", cells, Role.SELECTED)

    def key_lines(self, cells: int) -> Sequence[Line]:
        current = self._current
        choices = choice_lines(current, cells) if current else said("Nobody waits, and neither do you.", cells)
        taken = self._desk.view.decided
        undo = "u undo · " if taken and taken.decision.fate.back else ""
        return [*choices, *self._news(cells), *said(f"{undo}Enter opens it · Esc leaves", cells)]

    # ---- inside

    @property
    def _current(self) -> Request | None:
        return self._requests[self.listing.current] if self._requests else None

    def _draw(self) -> None:
        before, self._requests = self._current, requests(self._desk.view)
        keys = [request.key for request in self._requests]
        current = keys.index(before.key) if before and before.key in keys else self.listing.current
        now, kinds = self._desk.clocks.wall(), [request.kind for request in self._requests]
        first = [kind not in kinds[:at] for at, kind in enumerate(kinds)]
        self.show_rows(
            [partial(request_lines, each, top, now) for each, top in zip(self._requests, first, strict=True)], current
        )

    def _news(self, cells: int) -> list[Line]:
        remark = self._desk.view.remark.text
        if self._trouble:
            return said(f"✗ {foreign_line(self._trouble)}", cells, Role.BAD)
        return said(f"· {foreign_line(remark)}", cells, Role.ATTENTION) if remark else []

    async def _carry_out(self, deed: Awaitable[None]) -> None:
        self._trouble = ""
        try:
            await deed
        except XasupError as error:
            self._trouble = str(error)
        self._draw()
