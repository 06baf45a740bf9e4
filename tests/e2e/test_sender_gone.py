"""Mosquitto killed with a full queue and the sender gone for good: what was *stored* still reaches its recipient.

And the same play with a habit broken: the same check says what is wrong.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.play import staged
from xasup.chaos import verdict
from xasup.chaos.verdict import Verdict
from xasup.client.arrivals import Key, Known
from xasup.client.arrivals import Verdict as Judgement
from xasup.client.habits import Habits
from xasup.client.sorting import Arrived
from xasup.protocol.states import State

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


async def taken_while_the_log_stands_still(folder: Path, bridge: str) -> Verdict:
    """The bridge has taken everything when it is killed, and the log nothing; then Mosquitto is killed too."""
    async with staged(folder, "redis", {"bridge": bridge}) as stage:
        sender, receiver = stage.cast.senders[0], stage.cast.receivers[0]
        async with stage.online(receiver):
            pass
        async with stage.online(sender) as alice:
            stage.signal("redis", signal.SIGSTOP)
            ids = [await alice.client.send(receiver, f"number {number}") for number in range(MESSAGES)]
            assert await alice.until(lambda: all(alice.states.get(id) == State.SENT for id in ids))
        stage.lose("bridge")
        stage.signal("redis", signal.SIGCONT)
        await stage.kept(MESSAGES)
        await stage.kill("mosquitto")
        async with stage.online(receiver) as bob:
            await bob.rests(MESSAGES)
        return stage.verdict()


def wrong(found: Verdict) -> set[str]:
    return {kind for kind, ids in found.wrong.items() if ids}


async def test_what_was_stored_is_shown(tmp_path: Path) -> None:
    found = await gone(tmp_path)
    assert (wrong(found), found.stored, found.shown) == (set(), MESSAGES, MESSAGES)


async def test_control_without_history_it_is_lost(tmp_path: Path) -> None:
    found = await gone(tmp_path, Habits(catch_up=False))
    assert verdict.LOST in wrong(found)


async def test_what_the_bridge_had_taken_when_it_was_killed_comes_again(tmp_path: Path) -> None:
    assert (await taken_while_the_log_stands_still(tmp_path, "bridge")).shown == MESSAGES


async def test_control_a_bridge_that_thanks_too_early_loses(tmp_path: Path) -> None:
    assert (await taken_while_the_log_stands_still(tmp_path, "tests.e2e.early_bridge")).shown < MESSAGES


async def test_control_without_deduplication_it_is_shown_twice(tmp_path: Path) -> None:
    """From the broker's queue and from history."""

    def everything_is_new(known: Mapping[Key, Known], arrived: Sequence[Arrived]) -> list[Judgement]:
        return [Judgement.NEW for _ in arrived]

    found = await gone(tmp_path, Habits(judge=everything_is_new), killed=False)
    assert verdict.TWICE in wrong(found)
