"""What consumers have committed in Kafka. Refuses to know: streams, what was committed for.

By a consumer of librdkafka for each group, in a thread. An AdminClient, which would need no thread, crashes the process
when a group's coordinator moves or answers too late (2.16; its issue 5040).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from xasup.protocol.errors import Unavailable
from xasup.wire.log.kafka_admin import Place, error_of, sentence
from xasup.wire.log.kafka_settings import PATIENCE, Settings, of_consumer

T = TypeVar("T")
# The group has no coordinator at this moment: it is being chosen, or reads what it has to know.
_MOVING = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
_PAUSE = 0.1  # seconds before another attempt
_STEP = 0.01  # seconds between two looks for the answer to a commit


class Groups:
    """Those that commit keep their connection; close() ends them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._committers: dict[str, _Committer] = {}
        self._thread = ThreadPoolExecutor(1, "log groups")

    async def close(self) -> None:
        for committer in self._committers.values():
            await self._aside(committer.close)
        self._committers.clear()
        self._thread.shutdown(wait=False)

    async def commit(self, group: str, offsets: Mapping[Place, int]) -> None:
        """*offsets*: the next to be taken. Raises Unavailable."""
        committer = self._committers.get(group)
        if committer is None:
            committer = self._committers[group] = _Committer(of_consumer(self._settings, group))
        await self._aside(committer.commit, [TopicPartition(*place, offset) for place, offset in offsets.items()])

    async def committed(self, group: str, places: Iterable[Place]) -> dict[Place, int]:
        """Where the group has committed anything. Raises Unavailable."""
        wanted = [TopicPartition(*place) for place in places]
        found = await self._aside(_committed, of_consumer(self._settings, group), wanted)
        return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}

    async def _aside(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)


class _Committer:
    """Used in the thread."""

    def __init__(self, settings: Settings) -> None:
        self._answers: list[tuple[KafkaError | None, list[TopicPartition]]] = []
        answers = self._answers  # not ourselves: nobody else would let the consumer go
        self._consumer = Consumer({**settings, "on_commit": lambda error, places: answers.append((error, places))})
        self._asked = 0

    def commit(self, places: list[TopicPartition]) -> None:
        """Raises Unavailable; the commit may be carried out all the same."""
        self._consumer.commit(offsets=places, asynchronous=True)
        self._asked += 1
        until = time.monotonic() + PATIENCE
        while len(self._answers) < self._asked:
            if time.monotonic() > until:
                raise Unavailable(f"Kafka has not taken a commit for {PATIENCE:g} s")
            self._consumer.poll(_STEP)
        error, taken = self._answers[-1]
        for failure in (error, *(place.error for place in taken)):
            if failure is not None:
                raise Unavailable(f"Kafka does not take a commit: {failure.str()}")

    def close(self) -> None:
        self._consumer.close()


def _committed(settings: Settings, places: list[TopicPartition]) -> list[TopicPartition]:
    consumer = Consumer(settings)
    until = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                return consumer.committed(places, timeout=PATIENCE)
            except KafkaException as failure:
                error = error_of(failure)
                if error is None or error.code() not in _MOVING or time.monotonic() > until:
                    raise Unavailable(f"Kafka is away or refuses: {sentence(failure)}") from None
                time.sleep(_PAUSE)
    finally:
        consumer.close()
