"""The port between commands and the screen: what a command may ask of the desk at which it works."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from tui_client.engine import Engine
from tui_client.view import View


class Desk(Protocol):
    """The screen, as commands see it."""

    @property
    def engine(self) -> Engine: ...

    @property
    def view(self) -> View: ...

    def remark(self, text: str) -> None: ...

    def prefill(self, text: str) -> None: ...

    async def turn_to(self, key: str) -> None: ...

    async def turn_by(self, step: int) -> None: ...

    async def turn_to_unread(self) -> None: ...

    async def confirm(self, question: str) -> bool: ...

    async def scroll(self, pages: int) -> None: ...

    def toggle_help(self) -> None: ...

    def exit(self) -> None: ...


async def underway(desk: Desk, doing: str, act: Awaitable[None], done: str = "") -> None:
    """Say what is being done while the answer is on its way, which can take seconds."""
    desk.remark(f"{doing} …")
    await act
    desk.remark(done)
