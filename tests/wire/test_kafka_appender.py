"""The producer that has failed, for good or not: whoever waits is told, wherever librdkafka says it."""

from __future__ import annotations

import asyncio

import pytest
from confluent_kafka import KafkaError, KafkaException

from tests.support.log import message
from xasup.protocol.streams import Stream
from xasup.wire.log.kafka_appender import Appender, end_by
from xasup.wire.log.kafka_topics import Topic
from xasup.wire.log.murmur2 import Partitions
from xasup.wire.log.port import Fatal, Lapsed


class Spent:
    """A producer whose log has lost records: sequence numbers do not fit any more."""

    def produce(self, *_: object) -> None:
        return

    def poll(self, _: float) -> int:
        raise KafkaException(KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "out of order", True))


@pytest.mark.parametrize(
    ("code", "fatal", "kind"),
    [
        (KafkaError.UNKNOWN_TOPIC_OR_PART, False, Lapsed),
        (KafkaError.UNKNOWN_TOPIC_ID, False, Lapsed),
        (KafkaError._UNKNOWN_TOPIC, False, Lapsed),
        (KafkaError._UNKNOWN_PARTITION, False, Lapsed),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, True, Fatal),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, False, Fatal),
        (KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, True, Fatal),
        (KafkaError.MSG_SIZE_TOO_LARGE, False, Fatal),
    ],
)
def test_only_topics_that_are_not_known_are_nothing_for_good(code: int, fatal: bool, kind: type[Fatal]) -> None:
    assert type(end_by(KafkaError(code, "it says", fatal), "a reason")) is kind


async def test_an_error_that_polling_raises_ends_it_for_good() -> None:
    appender = Appender({})
    appender._topics = {stream: Topic(stream, stream, Partitions(1), 1 << 20) for stream in Stream}
    appender._producer = Spent()  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(Fatal, match="has failed for good"):
            async with asyncio.timeout(5):
                await appender.append([message("alice:bob", b"1")])
    assert appender.state.word == "away"
    assert appender.pending == 0
