"""What librdkafka believes of a Kafka that has just started: too rare with a real one to be had at will."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from xasup.protocol.errors import Unavailable
from xasup.wire.log.kafka_offsets import offsets


class Believer:
    """Finds no leaders, until it is told to look; as an AdminClient did after one restart in ten."""

    def __init__(self, failure: int = KafkaError._NOENT, away: bool = False) -> None:
        self.failure, self.away, self.looked = failure, away, list[str]()

    def list_offsets(self, wanted: dict[TopicPartition, Any], request_timeout: float) -> dict[TopicPartition, Any]:
        return {place: self._answer() for place in wanted}

    def list_topics(self, topic: str, timeout: float) -> None:
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        self.looked.append(topic)

    def _answer(self) -> Future[Any]:
        future: Future[Any] = Future()
        if self.looked:
            future.set_result(type("Result", (), {"offset": 7}))
        else:
            future.set_exception(KafkaException(KafkaError(self.failure)))
        return future


async def test_a_topic_that_librdkafka_takes_for_unknown_is_looked_for_again() -> None:
    admin = Believer()
    assert await offsets(admin, [("t", 0), ("t", 1)], "end") == {("t", 0): 7, ("t", 1): 7}  # type: ignore[arg-type]
    assert admin.looked == ["t"]


async def test_a_kafka_that_is_away_and_one_that_refuses_are_said_at_once() -> None:
    for admin in (Believer(away=True), Believer(failure=KafkaError.TOPIC_AUTHORIZATION_FAILED)):
        with pytest.raises(Unavailable, match="Kafka is away"):
            await offsets(admin, [("t", 0)], "end")  # type: ignore[arg-type]
        assert admin.looked == []
