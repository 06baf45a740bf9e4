"""Questions to Kafka, each answered or Unavailable within a time limit. Refuses to know: topics, consumers."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Mapping
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.log.kafka_settings import Settings

T = TypeVar("T")
Place = tuple[str, int]  # topic and partition


def client(settings: Settings) -> AdminClient:
    """Raises Malformed for settings that librdkafka does not know."""
    try:
        return AdminClient(settings)
    except (KafkaException, TypeError, ValueError) as error:
        raise Malformed(f"the URL of Kafka: {sentence(error)}") from None


async def answer(future: concurrent.futures.Future[T]) -> T:
    """Raises Unavailable."""
    try:
        return await asyncio.shield(asyncio.wrap_future(future))  # librdkafka cannot bear a question that is cancelled
    except KafkaException as error:
        raise Unavailable(f"Kafka is away or refuses: {sentence(error)}") from None


async def answers(futures: Mapping[Any, concurrent.futures.Future[T]]) -> dict[Any, T]:
    """Of a question about several things. Raises Unavailable."""
    found = await asyncio.gather(*map(answer, futures.values()))
    return dict(zip(futures, found, strict=True))


def refusal(error: KafkaError) -> list[str]:
    """One sentence where it tells that Kafka does not let us in; else none."""
    return [f"Kafka does not let us in: {error.str()}"] if error.code() == KafkaError._AUTHENTICATION else []


def error_of(failure: BaseException) -> KafkaError | None:
    """What librdkafka says in an exception of its."""
    first = failure.args[0] if isinstance(failure, KafkaException) and failure.args else None
    return first if isinstance(first, KafkaError) else None


def sentence(failure: BaseException) -> str:
    error = error_of(failure)
    return error.str() if error else str(failure)
