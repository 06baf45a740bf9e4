"""Where partitions begin and end, and where a moment is in them. Refuses to know: streams, cursors."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Iterable
from typing import Any, Literal

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import OffsetSpec as _Spec  # type: ignore[attr-defined]  # public, but not marked so

from xasup.protocol.errors import Unavailable
from xasup.wire.log.kafka_admin import Place, answers, error_of, sentence
from xasup.wire.log.kafka_settings import PATIENCE, Settings, of_consumer

_PAUSE = 0.05  # seconds before another attempt
_PASSING = {KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE, KafkaError._NOENT}
_ENDS: dict[str, _Spec] = {"oldest": _Spec.earliest(), "end": _Spec.latest()}  # type: ignore[no-untyped-call]


async def offsets(admin: AdminClient, places: Iterable[Place], which: Literal["oldest", "end"]) -> dict[Place, int]:
    """Of the oldest record, or the one after the newest. Raises Unavailable."""
    places = list(places)
    wanted = {TopicPartition(*place): _ENDS[which] for place in places}
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        futures = admin.list_offsets(wanted, request_timeout=PATIENCE)
        try:
            results = await answers(futures)
        except Unavailable:
            # A partition that was just made, or whose leader has just gone, has none for a moment.
            codes = {_code(future) for future in futures.values()}
            if loop.time() > until or not codes & _PASSING:
                raise
            if KafkaError._NOENT in codes:
                await asyncio.to_thread(_look_again, admin, {topic for topic, _ in places})
            await asyncio.sleep(_PAUSE)
            continue
        found = {(place.topic, place.partition): result.offset for place, result in results.items()}
        if min(found.values()) < 0:  # librdkafka 2.16 calls that an answer when its time has run out
            raise Unavailable(f"Kafka has not told its offsets within {PATIENCE:g} s")
        return found


async def since(settings: Settings, places: Iterable[Place], ms: int) -> dict[Place, int]:
    """Of the first record that has a time of *ms* since the epoch or later; only where there is one. Raises
    Unavailable.

    By a consumer in a thread: with an AdminClient "there is none" looks like no answer (see above).
    """
    return await asyncio.to_thread(_since, settings, [TopicPartition(*place, ms) for place in places])


def _since(settings: Settings, places: list[TopicPartition]) -> dict[Place, int]:
    consumer = Consumer(of_consumer(settings, "xasup-reader"))
    try:
        found = consumer.offsets_for_times(places, timeout=PATIENCE)
    except KafkaException as error:
        raise Unavailable(f"Kafka is away or refuses: {sentence(error)}") from None
    finally:
        consumer.close()
    for place in found:
        if place.error is not None:
            raise Unavailable(f"Kafka is away or refuses: {place.error.str()}")
    return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}


def _look_again(admin: AdminClient, topics: Iterable[str]) -> None:
    """A Kafka that has just started may not know its topics yet, and librdkafka goes on believing it, where nobody
    tells it to look. Raises Unavailable."""
    try:
        for topic in topics:
            admin.list_topics(topic, timeout=PATIENCE / 2)
    except KafkaException as error:
        raise Unavailable(f"Kafka is away: {sentence(error)}") from None


def _code(future: concurrent.futures.Future[Any]) -> int | None:
    failure = future.exception() if future.done() else None
    error = error_of(failure) if failure else None
    return error.code() if error else None
