"""T6: the clocks by which parts and devices live are set a year forward and back while people talk.

Refuses to know: how people talk, who asked for it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from xasup.chaos import plan
from xasup.chaos.act import Order, Outcome, Say
from xasup.chaos.clock import Clock, build
from xasup.chaos.plan import Fault
from xasup.chaos.talk import RECEIVERS, SENDERS, Extras, Ground, number, play
from xasup.protocol.errors import Unavailable

PARTS = ("bridge", "contacts", "history", "mosquitto", "projector", "redis", RECEIVERS, SENDERS)
KAFKA = "Kafka and ZooKeeper live by the right time"


async def jump(order: Order, folder: Path, say: Say) -> Outcome:
    """T6; where no clock can be built, an outcome that says why."""
    try:
        library = await asyncio.to_thread(build, folder)
    except Unavailable as error:
        return Outcome("T6", order, {}, {}, skipped=[f"no clock was set: {error}"])
    clocks = {name: Clock(folder / f"{name}.clock", library) for name in PARTS}
    skipped = [KAFKA] if order.log == "kafka" else []

    def schedule(_: Ground, dice: random.Random) -> Sequence[Fault]:
        return plan.jumps(PARTS, number(order.rounds, order, long=20, short=4), dice)

    return await play("T6", order, folder, say, schedule, Extras(clocks, watched=True, skipped=skipped))
