"""Commands about the accounts of this machine. Refuses to know widgets and keys."""

from __future__ import annotations

from tui_client.counter import Desk
from tui_client.screens.accounts import Accounts
from xasup.protocol.errors import Malformed


async def accounts(desk: Desk, text: str) -> None:
    """The list; where another is chosen, this one is left for it."""
    doorman = desk.doorman
    if doorman is None:
        raise Malformed("accounts are not changed here; leave, and start `xasup chat` with another connect string")
    here = next((known.key for known in doorman.accounts() if known.current), "")
    chosen = await desk.show(Accounts(doorman, here))
    if chosen:
        desk.exit(account=chosen)
