"""Every part killed and paused in random order under load, on each log: nothing lost, doubled, out of order, or leaked.

`xasup chaos` is the same for longer. That the check can fail is shown in tests/chaos and test_sender_gone.py.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import kafka
from xasup.chaos.run import Order, Outcome, run
from xasup.runtime import maven
from xasup.stack import LogKind, apart

ORDER = Order(users=20, rate=300, kills=3, pauses=1, seed=20261126)
# A Kafka that was killed needs seconds; without pauses all stays within three minutes.
KAFKA_ORDER = replace(ORDER, pauses=0)


async def played(folder: Path, log: LogKind, order: Order) -> Outcome:
    return await run(apart(folder, log), folder, order, print)


def all_is_well(outcome: Outcome, parts: int) -> None:
    verdict = outcome.verdict
    assert verdict.good, (outcome.order, {kind: ids[:5] for kind, ids in verdict.wrong.items() if ids})
    assert len(outcome.recoveries) == parts * outcome.order.kills
    assert verdict.stored > 1000


@pytest.mark.timeout(240)
@pytest.mark.xdist_group("chaos")
async def test_nothing_is_lost_with_the_log_in_redis(tmp_path: Path) -> None:
    all_is_well(await played(tmp_path, "redis", ORDER), parts=8)


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("chaos")
async def test_nothing_is_lost_with_the_log_in_kafka(tmp_path: Path) -> None:
    await asyncio.to_thread(kafka.jars, maven.VERSION)
    all_is_well(await played(tmp_path, "kafka", KAFKA_ORDER), parts=10)
