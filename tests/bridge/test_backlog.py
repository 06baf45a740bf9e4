"""A long queue in the broker, and a bridge that is killed again and again while it takes it in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.pressure import MAX_RECORDS
from tests.bridge.house import Bridge, House, house
from tests.bridge.verdict import check_each
from tests.support.kafka import KafkaServer
from tests.support.log import ready
from tests.support.processes import resident
from tests.support.redis import RedisServer
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import Log

QUEUE, SENDERS = 100_000, 20
LEAST, MOST = 3, 6  # deaths of the bridge
BOUND = 2 * MAX_RECORDS  # above what is pending at most: MAX_RECORDS, two reads of the socket
ROOM = 30 << 20  # bytes that a bridge may take while its log is away from the beginning


@pytest.fixture
def kafka_home(tmp_path: Path, redis: RedisServer, lone_kafka: KafkaServer) -> Iterator[House]:
    """Its log is in a Kafka that the test may stop."""
    with house(tmp_path, redis.url, **lone_kafka.settings) as home:
        yield home


def queue(home: House, count: int, text: str = "hello") -> dict[str, list[str]]:
    """So many messages for a bridge that has subscribed and is not there; their ids by sender."""
    bridge = home.bridge("first")
    bridge.start()
    bridge.stop(signal.SIGKILL)
    people = [home.person(f"sender{number}") for number in range(SENDERS)]
    home.person("bob").client.leave()
    return {someone.user: someone.send("bob", count // SENDERS, text) for someone in people}


async def held(log: Log) -> int:
    """How many messages are in the log."""
    return sum(extent.records for extent in (await log.extent(Stream.MESSAGES)).values())


async def die_again_and_again(
    bridge: Bridge, server: RedisServer | KafkaServer, log: Log, upto: int, most: int = MOST
) -> int:
    """Until the log has about so many: as soon as the bridge has appended something, each second time with much on its
    way to a log that does not answer. How often it died."""
    deaths = 0
    while deaths < most and (before := await held(log)) < upto:
        bridge.start()
        while await held(log) == before:
            pass  # asking takes its time
        if deaths % 2:
            server.freeze()
            facts = await bridge.becomes("waiting")  # by then the broker has read what it was told
            assert facts["pending"] < BOUND, "what the broker had sent before comes piece by piece as well"
        bridge.stop(signal.SIGKILL)
        server.thaw()
        deaths += 1
    return deaths


async def taken_in(
    home: House, server: RedisServer | KafkaServer, module: str = "bridge", least: int = LEAST, most: int = MOST
) -> None:
    """A queue of 100,000; checked when all is in the log that the broker still has."""
    sent = queue(home, QUEUE)
    bridge = home.bridge("mortal", module)
    async with open_log(home.log_url) as log:
        await ready(log)
        assert await die_again_and_again(bridge, server, log, QUEUE * 3 // 4, most) >= least
    bridge.start()
    last = home.person("last")
    sent["last"] = last.send("bob")
    last.stored_up_to(sent["last"][0])
    check_each(sent, await home.entries(1))


async def test_a_bridge_that_dies_again_and_again_loses_and_doubles_nothing(
    fragile_home: House, own_redis: RedisServer
) -> None:
    await taken_in(fragile_home, own_redis)


@pytest.mark.xdist_group("kafka")
async def test_the_same_with_kafka(kafka_home: House, lone_kafka: KafkaServer) -> None:
    await taken_in(kafka_home, lone_kafka)


async def test_one_that_thanks_too_early_loses_some(fragile_home: House, own_redis: RedisServer) -> None:
    with pytest.raises(AssertionError, match="lost"):
        await taken_in(fragile_home, own_redis, "tests.bridge.early_ack", 2, 2)  # then the broker has nothing more


async def test_one_that_recognises_nothing_doubles_some(fragile_home: House, own_redis: RedisServer) -> None:
    with pytest.raises(AssertionError, match="twice"):
        await taken_in(fragile_home, own_redis, "tests.bridge.no_dedupe")


async def test_what_the_broker_sends_again_is_left_unread_while_the_log_is_away(
    fragile_home: House, own_redis: RedisServer
) -> None:
    """80 MB, most of which it had sent. (Mosquitto 2.0.11 ignores the window after the first acknowledgement.)"""
    bridge = fragile_home.bridge("mortal")
    bridge.start()
    small = resident(bridge.pid)
    bridge.stop()
    queue(fragile_home, 20_000, text="x" * 4000)
    async with open_log(fragile_home.log_url) as log:
        await die_again_and_again(bridge, own_redis, log, 1)
    bridge.start()
    await bridge.counted("acknowledged", 3000)
    own_redis.freeze()
    await bridge.becomes("waiting")
    bridge.restart(signal.SIGKILL)
    facts = await bridge.becomes("waiting")
    assert "Redis has not answered" in facts["reason"]
    assert resident(bridge.pid) < small + ROOM
