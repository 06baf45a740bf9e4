"""Questions to Kafka, each answered or Unavailable within a time limit. Refuses to know: topics, consumers."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import OffsetSpec as _Spec  # type: ignore[attr-defined]  # public, but not marked so

from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.log.kafka_settings import PATIENCE, Settings

T = TypeVar("T")
_PAUSE = 0.05  # seconds before another attempt
Place = tuple[str, int]  # topic and partition
_ENDS: dict[str, _Spec] = {"oldest": _Spec.earliest(), "end": _Spec.latest()}  # type: ignore[no-untyped-call]


def client(settings: Settings) -> AdminClient:
    """Raises Malformed for settings that librdkafka does not know."""
    try:
        return AdminClient(settings)
    except (KafkaException, TypeError, ValueError) as error:
        raise Malformed(f"the URL of Kafka: {sentence(error)}") from None


async def answer(future: concurrent.futures.Future[T]) -> T:
    """Raises Unavailable."""
    try:
        return await asyncio.wrap_future(future)
    except KafkaException as error:
        raise Unavailable(f"Kafka is away or refuses: {sentence(error)}") from None


async def answers(futures: Mapping[Any, concurrent.futures.Future[T]]) -> dict[Any, T]:
    """Of a question about several things. Raises Unavailable."""
    found = await asyncio.gather(*map(answer, futures.values()))
    return dict(zip(futures, found, strict=True))


async def offsets(admin: AdminClient, places: Iterable[Place], at: Literal["oldest", "end"] | int) -> dict[Place, int]:
    """Where a moment is in partitions: of the oldest record, after the newest, or of the first record from *at*
    milliseconds since the epoch on (-1 where there is none). Raises Unavailable."""
    moment: _Spec = _Spec.for_timestamp(at) if isinstance(at, int) else _ENDS[at]
    wanted = {TopicPartition(*place): moment for place in places}
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while wanted:
        futures = admin.list_offsets(wanted, request_timeout=PATIENCE)
        try:
            found = await answers(futures)
        except Unavailable:
            # A partition that was just made, or whose leader has just gone, has none for a moment.
            if loop.time() > until or not any(_passes(future) for future in futures.values()):
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return {(place.topic, place.partition): result.offset for place, result in found.items()}
    return {}


def _passes(future: concurrent.futures.Future[Any]) -> bool:
    failure = future.exception() if future.done() else None
    error = error_of(failure) if failure else None
    return error is not None and error.code() in (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)


def error_of(failure: BaseException) -> KafkaError | None:
    """What librdkafka says in an exception of its."""
    first = failure.args[0] if isinstance(failure, KafkaException) and failure.args else None
    return first if isinstance(first, KafkaError) else None


def sentence(failure: BaseException) -> str:
    error = error_of(failure)
    return error.str() if error else str(failure)
