"""The keeper of the view: answers that come late do not undo what happened meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tests.tui_client.town import StandIn, Town
from tui_client.keeper import Keeper
from xasup.client.values import Conversation, Preferences
from xasup.protocol.ids import UserId


class Slow(StandIn):
    """Its list of conversations and what the person has chosen come when they are let."""

    def __init__(self, town: Town, user: UserId) -> None:
        super().__init__(town, user)
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def conversations(self) -> list[Conversation]:
        self.asked.set()
        await self.let.wait()
        return await super().conversations()

    async def preferences(self) -> Preferences:
        self.asked.set()
        await self.let.wait()
        return await super().preferences()


async def opened_meanwhile(answer: Callable[[Keeper], Coroutine[Any, Any, None]]) -> str:
    """What is open when bob was turned to before an answer came."""
    town = Town()
    town.people["alice"] = alice = Slow(town, UserId("alice"))
    town.person("bob")
    keeper = Keeper(alice, lambda: 0.0, lambda can_wait: None)
    reading = asyncio.create_task(answer(keeper))
    await alice.asked.wait()
    await keeper.turn_to("bob")
    alice.let.set()
    await asyncio.wait([reading, asyncio.create_task(keeper.ready.wait())], return_when=asyncio.FIRST_COMPLETED)
    reading.cancel()
    return keeper.view.open


async def test_a_conversation_that_was_opened_while_the_lists_were_read_stays_open() -> None:
    assert await opened_meanwhile(Keeper.read_lists) == "bob"


async def test_so_does_one_that_was_opened_while_the_program_began() -> None:
    assert await opened_meanwhile(Keeper.listen) == "bob"
