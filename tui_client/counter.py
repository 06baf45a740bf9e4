"""The port between commands and the screen: what a command may ask of the desk at which it works."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from textual.screen import ModalScreen

from tui_client.clocks import Clocks
from tui_client.consent import Taken
from tui_client.doorman import Doorman
from tui_client.engine import Engine
from tui_client.view import View
from xasup.client.values import Preferences

if TYPE_CHECKING:
    from tui_client.commands.command import Command  # which says in turn that a command works at a desk

T = TypeVar("T")


class Saying(Protocol):
    """What stands in and above the input line."""

    def remark(self, text: str) -> None: ...

    def prefill(self, text: str) -> None: ...

    def give_up(self) -> bool:
        """Away with what the input line does beside writing: a filter, a reply, a correction. False: there was none."""
        ...

    def answer(self, id: str) -> None:
        """What is written next replies to this message; "": to none."""
        ...

    def correct(self, id: str, text: str) -> None:
        """What is written next, beginning with *text*, stands in the place of this message."""
        ...

    def decided(self, taken: Taken | None) -> None:
        """This is what can be undone from now on; None: nothing."""
        ...

    def browse(self, link: str) -> None:
        """Open it where links are opened on this machine."""
        ...

    def copy(self, text: str) -> None:
        """To the clipboard of the terminal, where it lets us."""
        ...


class Turning(Protocol):
    """Between conversations."""

    async def turn_to(self, key: str) -> None: ...

    async def turn_by(self, step: int) -> None: ...

    async def turn_to_unread(self) -> None: ...

    async def fold(self) -> None:
        """Show what is archived, or no more."""
        ...

    async def go_to(self, key: str, seq: int) -> None:
        """To this line of a conversation, selected; 0: to its end. Where one was is remembered."""
        ...

    async def go_back(self) -> bool:
        """To where one was before the last `go_to`. False where nothing is remembered."""
        ...

    async def go_forward(self) -> bool:
        """To where one was before the last `go_back`. False where there was none."""
        ...


class Moving(Protocol):
    """Within the open conversation."""

    async def scroll(self, pages: int) -> None: ...

    async def go_to_end(self) -> None: ...

    async def go_to_beginning(self) -> None: ...

    def select(self, id: str) -> None:
        """Keys go to this message; "": to the input line."""
        ...

    def step(self, by: int) -> None:
        """Select the message *by* places on; the newest in view where none is; past the newest the input line."""
        ...


class Choosing(Protocol):
    """How this program is, and which account it has open."""

    @property
    def doorman(self) -> Doorman | None:
        """None where accounts cannot be changed."""
        ...

    @property
    def themes(self) -> Sequence[str]: ...

    @property
    def theme(self) -> str:
        """The one that everything wears."""
        ...

    async def prefer(self, preferences: Preferences) -> None: ...

    def exit(self, word: str = "", account: str = "") -> None:
        """Leave; *word* is what then stands in the terminal; *account*: the key of the one to go on with."""
        ...


class Desk(Saying, Turning, Moving, Choosing, Protocol):
    """The screen, as commands see it."""

    @property
    def engine(self) -> Engine: ...

    @property
    def commands(self) -> Sequence[Command]: ...

    @property
    def view(self) -> View: ...

    @property
    def clocks(self) -> Clocks: ...

    async def confirm(self, question: str) -> bool: ...

    async def show(self, screen: ModalScreen[T]) -> T | None:
        """Open *screen* over the conversation, and wait for its result; None where it was left without one."""
        ...


async def underway(desk: Desk, doing: str, act: Awaitable[None], done: str = "") -> None:
    """Say what is being done while the answer is on its way, which can take seconds."""
    desk.remark(f"{doing} …")
    await act
    desk.remark(done)
