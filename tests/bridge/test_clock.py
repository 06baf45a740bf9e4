"""The clock of the machine, set a year forward and back while messages flow: Redis, Mosquitto and the bridge see it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.sorter import rfc3339
from tests.bridge.house import House, house, ids
from tests.bridge.verdict import check
from tests.support.clock import YEAR, Clock
from tests.support.redis import running_redis
from xasup.protocol.streams import Header
from xasup.wire.log.port import offset_key

OFF = (YEAR, -YEAR, 0, -YEAR, YEAR)  # seconds, one after the other
EACH = 50


@pytest.fixture
def home(clock: Clock, tmp_path: Path) -> Iterator[House]:
    """All of it lives by that clock."""
    with running_redis() as redis, house(tmp_path, redis.url) as home:
        yield home


@pytest.mark.parametrize("killed", [False, True])
async def test_nothing_is_lost_or_doubled_and_positions_go_on(home: House, clock: Clock, killed: bool) -> None:
    """*killed*: the bridge, at each jump. All is always offered again."""
    bridge = home.bridge()
    bridge.start()
    alice, _ = home.person("alice"), home.person("bob")
    await bridge.becomes("ok")
    sent: list[str] = []
    told: dict[str, str] = {}
    times: list[int] = []
    for off in OFF:
        sent += alice.send("bob", EACH)
        clock.set(off)
        if killed:
            bridge.restart(signal.SIGKILL)
        times.append(clock.now_ms())
        sent += alice.send("bob", EACH)
        alice.offer_again()
        while told.keys() != set(sent):
            told |= alice.stored(1)
    entries = await home.entries(len(sent))
    check(sent, ids(entries))
    assert {year(ms) for ms in times} <= {entry.headers[Header.TIME][:4] for entry in entries}, "it has jumped"
    positions = [entry.position for entry in entries]
    assert positions == sorted(positions, key=lambda position: offset_key(position.offset))
    assert told == {id: str(position) for id, position in zip(sent, positions, strict=True)}
    facts = bridge.look()
    assert (facts["state"], facts["dead_letters"]) == ("ok", 0)


def year(ms: int) -> bytes:
    return rfc3339(ms)[:4]
