"""The clock of the machine set a year forward and back under the whole backend and its people's devices.

Nothing expires, nothing changes its place, and history answers as ever.
"""

from __future__ import annotations

from pathlib import Path

from tests.e2e.play import staged
from tests.support.clock import YEAR, Clock
from xasup.client.world import World
from xasup.protocol.states import State

OFF = (YEAR, -YEAR, 0, -YEAR, YEAR)  # seconds, one after the other
EACH = 20


async def test_messages_keep_their_order_and_none_is_lost(clock: Clock, tmp_path: Path) -> None:
    """While Mosquitto is away, too; and for one who was there before and comes again when it is over, whose session
    Mosquitto may have forgotten: it counts its days by that clock."""
    world = World(now_ms=clock.now_ms)
    async with staged(tmp_path, "redis") as stage:
        senders, receivers = stage.cast.senders, stage.cast.receivers
        times = []
        async with stage.online(receivers[1], world=world):
            pass
        async with (
            stage.online(senders[0], world=world) as alice,
            stage.online(senders[1], world=world) as carol,
            stage.online(receivers[0], world=world) as bob,
        ):
            sent: list[str] = []
            kept: list[str] = []
            for number, off in enumerate(OFF):
                if number % 2:
                    await stage.parts["mosquitto"].serving.wait()
                    stage.lose("mosquitto")
                for _ in range(EACH):
                    sent.append(await alice.client.send(receivers[0], "hello"))
                    kept.append(await carol.client.send(receivers[1], "hello"))
                    clock.set(off)
                times += [message.ts for message in await alice.client.messages(receivers[0], limit=1000)]
            assert await alice.until(lambda: {alice.states.get(id) for id in sent} == {State.DELIVERED})
            assert await carol.until(lambda: carol.safe(kept))
            assert await bob.until(lambda: len(bob.shown) >= len(sent))
        assert max(times) - min(times) > 1.5 * YEAR * 1000, "it has jumped"
        async with stage.online(receivers[1], world=world) as late:
            await late.rests(len(kept))
        found = stage.verdict()
    assert (found.good, found.shown) == (True, len(sent) + len(kept)), found.wrong
    assert (bob.shown, late.shown) == (sent, kept)
