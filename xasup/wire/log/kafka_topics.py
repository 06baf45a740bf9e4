"""The topics of the log in Kafka: made where they are missing, taken as they are where they exist.

Refuses to know: what is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, TopicCollection
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, but not marked so
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log.kafka_admin import answer, answers, error_of, sentence
from xasup.wire.log.kafka_settings import LARGEST, PATIENCE
from xasup.wire.log.murmur2 import Partitions

PARTITIONS = {Stream.MESSAGES: 12, Stream.RECEIPTS: 12, Stream.CONTACTS: 3, Stream.DEAD_LETTERS: 3}
_LIMIT = "max.message.bytes"
_USUAL_LIMIT = 1_048_588  # Kafka's own, where a topic does not tell


@dataclass(frozen=True, slots=True)
class Topic:
    """*partitions*: by key; *limit*: bytes of a batch, hence of a record too."""

    stream: str
    name: str
    partitions: Partitions
    limit: int


async def prepare(
    admin: AdminClient, prefix: str, replication: int, partitions: Mapping[Stream, int] = PARTITIONS
) -> dict[str, Topic]:
    """By stream, all of them there. *partitions*: of those that are made. Raises Unavailable: try again."""
    names = {f"{prefix}{stream}": stream for stream in Stream}
    counts = await _counts(admin, list(names))
    missing = [name for name in names if name not in counts]
    if missing:
        await _make(admin, {name: partitions[names[name]] for name in missing}, replication)
        counts = await _counts(admin, list(names))
    if len(counts) < len(names):
        raise Unavailable("Kafka has not told its topics yet")
    limits = await _limits(admin, list(names))
    return {str(stream): Topic(stream, name, Partitions(counts[name]), limits[name]) for name, stream in names.items()}


async def _counts(admin: AdminClient, names: list[str]) -> dict[str, int]:
    """Partitions of those that exist."""
    counts = {}
    for name, future in admin.describe_topics(TopicCollection(names), request_timeout=PATIENCE).items():
        try:
            counts[name] = len((await answer(future)).partitions)
        except Unavailable:
            if not _unknown(future.exception()):
                raise
    return {name: count for name, count in counts.items() if count}


def _unknown(failure: BaseException | None) -> bool:
    error = error_of(failure) if failure else None
    return error is not None and error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART


async def _make(admin: AdminClient, partitions: dict[str, int], replication: int) -> None:
    settings = {
        "retention.ms": "-1",
        _LIMIT: str(LARGEST),
        "message.timestamp.type": "LogAppendTime",  # one clock for all
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    topics = [NewTopic(name, count, replication, config=settings) for name, count in partitions.items()]
    for name, future in admin.create_topics(topics, request_timeout=PATIENCE).items():
        try:
            await answer(future)
        except Unavailable:
            failure = future.exception()
            error = error_of(failure) if failure else None
            if error is None or error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise Unavailable(f"Kafka does not make the topic {name}: {sentence(failure or OSError())}") from None


async def _limits(admin: AdminClient, names: list[str]) -> dict[str, int]:
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    try:
        found = await answers(admin.describe_configs(resources, request_timeout=PATIENCE))
    except Unavailable:  # we need not be allowed to ask
        return dict.fromkeys(names, _USUAL_LIMIT)
    return {resource.name: int(settings[_LIMIT].value) for resource, settings in found.items()}
