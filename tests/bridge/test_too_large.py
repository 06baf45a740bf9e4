"""A Kafka that finds one message too large: it becomes a dead letter, its sender hears why, and the others pass by."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # public, but not marked so

from tests.bridge.house import house, ids
from tests.support.kafka import KafkaServer
from tests.support.redis import RedisServer
from xasup.protocol.streams import Stream

LIMIT, LARGE = 20_000, 30_000  # bytes


@pytest.mark.xdist_group("kafka")
@pytest.mark.parametrize("small_letters", [False, True])
async def test_it_is_rejected_and_holds_up_nothing(
    tmp_path: Path, redis: RedisServer, lone_kafka: KafkaServer, small_letters: bool
) -> None:
    """*small_letters*: dead letters may not be larger either."""
    limited = [Stream.MESSAGES, *([Stream.DEAD_LETTERS] if small_letters else [])]
    topics = [NewTopic(str(stream), 3, 1, config={"max.message.bytes": str(LIMIT)}) for stream in limited]
    admin = AdminClient(lone_kafka.client)
    for made in admin.create_topics(topics).values():
        made.result()
    with house(tmp_path, redis.url, **lone_kafka.settings) as home:
        bridge = home.bridge()
        bridge.start()
        alice, bob = home.person("alice"), home.person("bob")
        large = alice.message("bob", text="x" * LARGE)
        sent = alice.send("bob", 20)
        alice.client.publish_all([large])
        sent += alice.send("bob", 20)
        event = alice.event("rejected")
        assert (event["id"], event["code"], event["topic"]) == ("alice-1", "malformed", large.topic)
        assert "larger than Kafka takes" in event["reason"]
        assert alice.stored(len(sent)).keys() == set(sent)
        assert ids(await home.entries(len(sent))) == sent
        (letter,) = await home.entries(1, Stream.DEAD_LETTERS)
        assert letter.value == (large.payload[:1024] if small_letters else large.payload)
        assert letter.headers["reason"].decode().startswith(event["reason"])
        assert len(bob.client.got()) == len(sent) + 1, "it arrived as ever"
        facts = await bridge.counted("acknowledged", len(sent) + 1)
        assert (facts["state"], facts["pending"], facts["dead_letters"]) == ("ok", 0, 1)
