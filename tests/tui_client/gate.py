"""A stand-in doorman, with accounts in memory, and the screen before the chat at which it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.tui_client.seat import Eyes
from tui_client.door import DoorApp
from tui_client.doorman import Known, Verdict
from xasup.protocol.connect import parse
from xasup.protocol.errors import Malformed


class Gate:
    """Lets those in whose token is `right`. *asked*: what it was given."""

    def __init__(self, *users: str) -> None:
        self.known = {user: Known(user, user, "laptop at 127.0.0.1:1883") for user in users}
        self.asked: list[str] = []
        if users:
            self.known[users[0]] = replace(self.known[users[0]], current=True)

    async def check(self, text: str) -> Verdict:
        self.asked.append(text)
        try:
            account = parse(text)
        except Malformed as error:
            return Verdict(wrong=str(error))
        if account.token != "right":
            return Verdict(wrong="the broker does not know this token; ask for a new connect string")
        user = account.client.user
        late = "your clock is 9 minutes behind" if account.client.device == "late" else ""
        self.known[user] = Known(user, user, "laptop at 127.0.0.1:1883")
        return Verdict(user, late)

    def accounts(self) -> Sequence[Known]:
        return list(self.known.values())

    def forget(self, key: str) -> None:
        del self.known[key]


@asynccontextmanager
async def door(gate: Gate, size: tuple[int, int] = (80, 24), wrong: str = "") -> AsyncIterator[Eyes]:
    """*wrong*: why the person stands here again."""
    app = DoorApp(gate, wrong)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Eyes(app, pilot)
