"""What is known of each message, on the screen: however hostile the message is, it is told in harmless lines."""

from __future__ import annotations

from tests.tui_client.hostile import betrayals
from tests.tui_client.mad_town import LAST, MANY, victim
from tests.tui_client.seat import seat


async def test_the_stories_of_hostile_texts_are_spelled() -> None:
    async with seat(victim(), (60, 15)) as screen:
        await screen.types("/open bob")
        await screen.sees(LAST)
        for _ in range(2 * len(MANY)):
            await screen.presses("up", "i")
            assert not betrayals((await screen.sees("Message")).split("\n"))
            await screen.presses("q")
            await screen.misses("Message")
