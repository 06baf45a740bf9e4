"""What stands before the chat where no account is open: the first steps, or the accounts there are.

Refuses to know engines: it ends with the key of an account, and whoever started it opens that.
"""

from __future__ import annotations

from collections.abc import Callable

from tui_client.doorman import Doorman
from tui_client.frontage import Frontage
from tui_client.screens.accounts import Accounts
from tui_client.screens.welcome import Welcome


class DoorApp(Frontage[str]):
    """*wrong*: why the account that was to be opened could not be, and what to do."""

    def __init__(
        self,
        doorman: Doorman,
        wrong: str = "",
        colour: bool = True,
        on_crash: Callable[[str], None] = lambda text: None,
    ) -> None:
        super().__init__(colour, on_crash)
        self._doorman, self._wrong = doorman, wrong

    def on_mount(self) -> None:
        known = self._doorman.accounts()
        screen = Accounts(self._doorman, wrong=self._wrong) if known else Welcome(self._doorman)
        self.push_screen(screen, self._leave)

    def _leave(self, account: str | None) -> None:
        self.exit(account)
