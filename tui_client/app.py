"""The chat as a Textual application: one person's conversations on one engine.

Refuses to know who made the engine. The caller enters the engine, runs the app, and leaves the engine.
"""

from __future__ import annotations

from collections.abc import Callable

from tui_client.alt_enter import teach
from tui_client.clocks import Clocks
from tui_client.doorman import Doorman
from tui_client.engine import Engine
from tui_client.frontage import Frontage
from tui_client.keys import USUAL, Keys
from tui_client.screen import ChatScreen

_REAL = Clocks()


class ChatApp(Frontage[str]):
    """Ends with the key of the account that the person wants to go on with, or with nothing."""

    def __init__(
        self,
        engine: Engine,
        clocks: Clocks = _REAL,
        colour: bool = True,
        on_crash: Callable[[str], None] = lambda text: None,
        keys: Keys = USUAL,
        doorman: Doorman | None = None,
    ) -> None:
        """*doorman*: None where the accounts of this machine are not to be touched."""
        super().__init__(colour, on_crash)
        teach()
        self.engine, self._clocks, self._keys, self._doorman = engine, clocks, keys, doorman

    def get_default_screen(self) -> ChatScreen:
        return ChatScreen(self.engine, self._clocks, self._keys, self._doorman)

    async def action_quit(self) -> None:
        """Textual's own key for it, which comes before all others: drafts are kept first."""
        screen = self.screen_stack[0]
        if isinstance(screen, ChatScreen):
            screen.leave()
