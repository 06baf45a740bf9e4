"""The accounts that this machine remembers: go to one, add one, forget one. Refuses to know how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from tui_client.doorman import Doorman, Known
from tui_client.screens.board import Board
from tui_client.screens.welcome import Welcome
from tui_client.spans import Line, Role, Span, fit, foreign_line

_FORGET = (
    "Forget {user} ({where}) on this machine? Coming back needs a new connect string. Its messages stay here, and the "
    "device stays linked; /devices ends that."
)


class Accounts(Board[str]):
    """The key of the account to go on with."""

    BINDINGS: ClassVar[list[BindingType]] = [("a", "add", "add"), ("x,delete", "forget", "forget")]
    TITLE = "Your accounts"
    KEYS = "Enter go there · a add one · x forget · Esc close"

    def __init__(self, doorman: Doorman, here: str = "", wrong: str = "") -> None:
        """*here*: the key of the one that is open; *wrong*: why the person stands here again."""
        super().__init__()
        self._doorman, self._here, self._wrong = doorman, here, wrong
        self._known: dict[str, Known] = {}

    def lines(self, cells: int) -> Sequence[Line]:
        return [line for known in self._known.values() for line in _lines(known, known.key == self._here, cells)]

    async def load(self) -> None:
        self._known = {known.key: known for known in self._doorman.accounts()}
        if self._wrong:
            self.say(self._wrong, grave=True)
            self._wrong = ""

    async def choose(self, key: str) -> None:
        self.dismiss(None if key == self._here else key)

    def action_add(self) -> None:
        self.work(self._add())

    def action_forget(self) -> None:
        self.work(self._forget(self.cursor))

    async def _add(self) -> None:
        added = await self.app.push_screen_wait(Welcome(self._doorman))
        if added:
            self.dismiss(added)

    async def _forget(self, key: str) -> None:
        known = self._known.get(key)
        if known is None or not await self.confirm(_FORGET.format(user=known.user, where=known.where)):
            return
        self._doorman.forget(key)
        await self.load()
        self.say(f"{known.user} is forgotten here")


def _lines(known: Known, here: bool, cells: int) -> list[Line]:
    name, where = foreign_line(known.user), foreign_line(known.where)
    mark = Span("  open now" if here else "", Role.GOOD)
    return [
        Line((Span(name, Role.OTHER), mark), known.key),
        Line((Span(fit(f"  {where}", cells - 2), Role.DIM),), known.key),
    ]
