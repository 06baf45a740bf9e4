"""Offsets where librdkafka holds on to a moment in which a Kafka that just started knew no leaders.

By a stand-in: of the real one's ten starts after `kill -9` one ends so (`tests/contracts/test_log_away.py`).
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterable
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from xasup.protocol.errors import Unavailable
from xasup.wire.log import kafka_offsets

PLACES = [("messages", 0), ("messages", 1)]


class _Result:
    offset = 7


class HoldsOn:
    """An AdminClient that knows no leaders until it is told to ask for them; then, where they have come."""

    def __init__(self, failure: int, come: bool = True) -> None:
        self.failure, self.come, self.knows = failure, come, False
        self.asked: list[str] = []

    def list_offsets(
        self, wanted: Iterable[TopicPartition], **more: float
    ) -> dict[TopicPartition, concurrent.futures.Future[Any]]:
        return {place: self._answer() for place in wanted}

    def list_topics(self, topic: str, **more: float) -> None:
        self.asked.append(topic)
        self.knows = self.come

    def _answer(self) -> concurrent.futures.Future[Any]:
        future = concurrent.futures.Future[Any]()
        if self.knows:
            future.set_result(_Result())
        else:
            future.set_exception(KafkaException(KafkaError(self.failure, "Failed to query partition leaders")))
        return future


async def _offsets(admin: HoldsOn) -> dict[tuple[str, int], int]:
    return await kafka_offsets.offsets(cast(AdminClient, admin), PLACES, "end")


@pytest.mark.parametrize("failure", [KafkaError._NOENT, KafkaError.LEADER_NOT_AVAILABLE])
async def test_who_knows_no_leaders_is_told_to_ask_again(failure: int) -> None:
    admin = HoldsOn(failure)
    assert await _offsets(admin) == dict.fromkeys(PLACES, 7)
    assert admin.asked == ["messages"]


async def test_what_another_question_does_not_mend_is_said_at_once() -> None:
    admin = HoldsOn(KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(Unavailable):
        await _offsets(admin)
    assert admin.asked == []


async def test_leaders_that_do_not_come_are_waited_for_no_longer_than_kafka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_offsets, "PATIENCE", 0.3)
    with pytest.raises(Unavailable, match="leaders"):
        await _offsets(HoldsOn(KafkaError._NOENT, come=False))
