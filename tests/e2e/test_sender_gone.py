"""Mosquitto killed with a full queue and the sender gone for good: what was *stored* still reaches its recipient.

And the same play with a habit broken: the same check says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.play import staged, wrong
from xasup.chaos import verdict
from xasup.chaos.verdict import Verdict
from xasup.client.arrivals import Key, Known
from xasup.client.arrivals import Verdict as Judgement
from xasup.client.habits import Habits
from xasup.client.sorting import Arrived

MESSAGES = 200
GOOD = Habits()


async def gone(folder: Path, habits: Habits = GOOD, *, killed: bool = True) -> Verdict:
    """*habits* of the recipient's device; *killed*: Mosquitto, with all that it keeps for the recipient."""
    async with staged(folder, "redis") as stage:
        sender, receiver = stage.cast.senders[0], stage.cast.receivers[0]
        async with stage.online(receiver):
            pass  # from now on the broker keeps what comes for them
        async with stage.online(sender) as alice:
            ids = [await alice.client.send(receiver, f"number {number}") for number in range(MESSAGES)]
            assert await alice.until(lambda: alice.safe(ids))
        if killed:
            await stage.kill("mosquitto")
        async with stage.online(receiver, habits) as bob:
            await bob.rests(MESSAGES)
        return stage.verdict()


async def test_what_was_stored_is_shown(tmp_path: Path) -> None:
    found = await gone(tmp_path)
    assert (wrong(found), found.stored, found.shown) == (set(), MESSAGES, MESSAGES)


async def test_control_without_history_it_is_lost(tmp_path: Path) -> None:
    found = await gone(tmp_path, Habits(catch_up=False))
    assert verdict.LOST in wrong(found)


async def test_control_without_deduplication_it_is_shown_twice(tmp_path: Path) -> None:
    """From the broker's queue and from history."""

    def everything_is_new(known: Mapping[Key, Known], arrived: Sequence[Arrived]) -> list[Judgement]:
        return [Judgement.NEW for _ in arrived]

    found = await gone(tmp_path, Habits(judge=everything_is_new), killed=False)
    assert verdict.TWICE in wrong(found)
