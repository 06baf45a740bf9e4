"""Parts killed and paused and the network spoilt in random order under load, on each log: nothing lost, doubled, out of
order, or leaked.

`xasup chaos` is the same for longer. That the check can fail is shown in tests/chaos, test_sender_gone.py and
test_controls.py.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support import kafka
from xasup.chaos.act import Order
from xasup.chaos.talk import mix
from xasup.runtime import maven
from xasup.stack import LogKind

# The connections that only a keepalive ends are among the first faults of these: what is left of the wait is shorter.
SEEDS: dict[LogKind, int] = {"redis": 4, "kafka": 273}


async def played(folder: Path, log: LogKind) -> None:
    outcome = await mix(Order(log=log, seed=SEEDS[log], short=True), folder, print)
    found = {kind: ids[:5] for kind, ids in outcome.wrong.items() if ids}
    assert outcome.good, f"{found}; again: {outcome.replay}"
    assert outcome.counts["stored"] > 1000
    assert outcome.counts["faults"] >= 15


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_nothing_is_lost_with_the_log_in_redis(tmp_path: Path) -> None:
    await played(tmp_path, "redis")


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_nothing_is_lost_with_the_log_in_kafka(tmp_path: Path) -> None:
    await asyncio.to_thread(kafka.jars, maven.VERSION)
    await played(tmp_path, "kafka")
