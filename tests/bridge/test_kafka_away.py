"""Kafka away for two minutes while people write: it hangs, and then it is gone.

Each for longer than anybody waits: librdkafka gives a request up after 30 s, the broker a silent bridge after 15 s, and
ZooKeeper a Kafka after 6 s.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from bridge.pressure import MAX_RECORDS
from tests.bridge.house import Bridge, House, Sender, house
from tests.bridge.verdict import check_each
from tests.support.kafka import KafkaServer
from tests.support.log import PATIENCE
from tests.support.processes import resident
from tests.support.redis import RedisServer
from xasup.protocol import codec
from xasup.protocol.streams import Stream

HANGS, GONE = 60.0, 60.0  # seconds
SENDERS, EACH, PAUSE = 5, 8, 0.04  # people; messages of each, and seconds between two rounds: 1,000 messages a second
TEXT = "x" * 600
ROOM = 40 << 20  # bytes; what is written meanwhile is 80 MB of payload, and three times that as objects
SOON = 3.0  # seconds until the bridge says that Kafka is away


class Talk:
    """Between some people and bob, who reads at once what comes."""

    def __init__(self, home: House) -> None:
        self.people = [home.person(f"sender{number}") for number in range(SENDERS)]
        self.bob = home.person("bob")
        self.sent: dict[str, list[str]]
        self.heard: dict[str, list[str]]
        self.forget()

    def round(self) -> None:
        """All write, and bob has it: what the broker had before his ping comes before the answer."""
        made = []
        for someone in self.people:
            made += (ids := someone.send("bob", EACH, TEXT))
            self.sent[someone.user] += ids
        assert [codec.decode_object(got.payload)["id"] for got in self.bob.client.got()] == made, "it comes at once"

    def listen(self, someone: Sender) -> list[str]:
        """Of whose messages is heard meanwhile that they are stored."""
        found = [codec.decode_object(got.payload) for got in someone.client.got() if "/event/bridge" in got.topic]
        assert {event["event"] for event in found} <= {"stored"}
        ids = [id for event in found for id in event["ids"]]
        self.heard[someone.user] += ids
        return ids

    async def last(self, seconds: float, look: Callable[[], None]) -> None:
        """Go on for so long. *look* is called once a second."""
        end, due = time.monotonic() + seconds, 0.0
        while (now := time.monotonic()) < end:
            self.round()
            if now >= due:
                look()
                due = now + 1
            await asyncio.sleep(PAUSE)  # the load comes in time, not at once

    def forget(self) -> None:
        """All that was said."""
        self.sent, self.heard = ({someone.user: [] for someone in self.people} for _ in range(2))

    async def all_told(self) -> None:
        """Return when everybody has heard of all their messages."""
        async with asyncio.timeout(60):
            for someone in self.people:
                while len(set(self.heard[someone.user])) < len(self.sent[someone.user]):
                    self.listen(someone)
                    await asyncio.sleep(0.02)  # the bridge has the same two cores


@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_nobody_is_disconnected(
    tmp_path: Path, redis: RedisServer, lone_kafka: KafkaServer
) -> None:
    with house(tmp_path, redis.url, **lone_kafka.settings) as home:
        bridge = home.bridge()
        bridge.start()
        await bridge.becomes("ok")
        talk = Talk(home)
        await talk.last(3, lambda: None)
        await talk.all_told()
        small = resident(bridge.pid)
        lone_kafka.freeze()
        await talk.last(SOON, lambda: None)
        look = away(bridge, talk, small)
        await talk.last(HANGS - SOON, look)
        lone_kafka.stop(signal.SIGKILL)
        await talk.last(GONE, look)
        assert "xasup_bridge_terms_total 1.0" in bridge.page("metrics"), "it has kept its connection"
        process = bridge.pid
        await lone_kafka.revive()
        await talk.last(3, lambda: None)
        await talk.all_told()
        entries = await home.entries(1)
        check_each(talk.sent, entries)
        assert bridge.pid == process and bridge.look()["state"] == "ok"
        if "xasup_bridge_terms_total 1.0" in bridge.page("metrics"):  # else Kafka did not know its topics for a moment
            assert talk.heard == talk.sent, "told once, in order"
        assert (await bridge.counted("broker_dropped", 0))["broker_dropped"] == 0


async def test_a_kafka_that_does_not_know_its_topics_ends_no_bridge(
    tmp_path: Path, redis: RedisServer, lone_kafka: KafkaServer
) -> None:
    """The topics are gone for real, so that it lasts; and librdkafka is told not to wait half a minute for them."""
    known = lone_kafka.settings
    hasty = known | {"kafka": f"{known['kafka']}&topic.metadata.propagation.max.ms=0"}
    with house(tmp_path, redis.url, **hasty) as home:
        bridge = home.bridge()
        bridge.start()
        await bridge.becomes("ok")
        talk = Talk(home)
        talk.round()
        await talk.all_told()
        process = bridge.pid
        await delete_topics(lone_kafka)
        talk.forget()
        async with asyncio.timeout(PATIENCE):
            while "xasup_bridge_terms_total 1.0" in bridge.page("metrics"):
                talk.round()
                await asyncio.sleep(PAUSE)
        talk.round()
        await talk.all_told()
        check_each(talk.sent, await home.entries(1))
        assert bridge.pid == process
        await bridge.becomes("ok")


async def test_thanked_too_early_they_are_told_too_early(
    tmp_path: Path, redis: RedisServer, lone_kafka: KafkaServer
) -> None:
    """The negative control."""
    with house(tmp_path, redis.url, **lone_kafka.settings) as home:
        bridge = home.bridge("careless", "tests.bridge.early_ack")
        bridge.start()
        await bridge.becomes("ok")
        talk = Talk(home)
        lone_kafka.freeze()
        await talk.last(SOON, lambda: None)
        await bridge.becomes("waiting")
        with pytest.raises(AssertionError, match="told before it is stored"):
            away(bridge, talk, resident(bridge.pid))()


async def delete_topics(server: KafkaServer) -> None:
    """Return when Kafka does not know them any more."""
    admin = AdminClient(server.client)
    for future in admin.delete_topics(list(Stream)).values():
        future.result()
    async with asyncio.timeout(PATIENCE):
        while admin.list_topics().topics.keys() & set(Stream):
            await asyncio.sleep(0.05)  # no event tells of that


def away(bridge: Bridge, talk: Talk, small: int) -> Callable[[], None]:
    """How the bridge has to be. *small*: bytes that it took before."""

    def look() -> None:
        facts = bridge.look()
        assert facts["state"] == "waiting" and "Kafka" in facts["reason"], facts
        assert facts["pending"] < 2 * MAX_RECORDS
        assert resident(bridge.pid) < small + ROOM
        assert [talk.listen(someone) for someone in talk.people] == [[]] * SENDERS, "told before it is stored"

    return look
