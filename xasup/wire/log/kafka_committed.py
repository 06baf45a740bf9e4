"""What a consumer has committed in Kafka. Refuses to know: who commits, streams."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from xasup.protocol.errors import Unavailable
from xasup.wire.log.kafka_admin import Place, sentence
from xasup.wire.log.kafka_settings import PATIENCE, Settings, of_consumer


async def committed(settings: Settings, group: str, places: Iterable[Place]) -> dict[Place, int]:
    """The offset after what *group* has committed, where it has. Raises Unavailable.

    By a consumer of the group in a thread: asked of an AdminClient, librdkafka 2.16 crashes while the group's
    coordinator moves (its issue 5040).
    """
    return await asyncio.to_thread(_ask, of_consumer(settings, group), [TopicPartition(*place) for place in places])


def _ask(settings: Settings, places: list[TopicPartition]) -> dict[Place, int]:
    consumer = Consumer(settings)
    try:
        found = consumer.committed(places, timeout=PATIENCE)
    except KafkaException as error:
        raise Unavailable(f"Kafka is away or refuses: {sentence(error)}") from None
    finally:
        consumer.close()
    return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}
