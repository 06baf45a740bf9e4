"""Reads the log in Kafka onwards from a cursor. Refuses to know: who appends, what was committed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from xasup.protocol.errors import Damaged, Unavailable
from xasup.wire.log.kafka_admin import Place, sentence
from xasup.wire.log.kafka_settings import PATIENCE, Settings
from xasup.wire.log.port import Entry, Position, Trimmed

_SLICE = 0.3  # seconds of waiting at a time


class KafkaReader:
    """*places* tells which partitions to read, with the offset to begin at; *streams*: by topic. A thread of its own
    waits for the records, since librdkafka has no other way to wait."""

    def __init__(
        self,
        settings: Settings,
        streams: Mapping[str, str],
        places: Callable[[], Awaitable[Mapping[Place, int]]],
    ) -> None:
        self._settings, self._streams, self._places = settings, streams, places
        self._consumer: Consumer | None = None
        self._thread = ThreadPoolExecutor(1, "log reader")
        self._under_way: asyncio.Future[None] | None = None
        self._taken: deque[Message] = deque()  # by the thread, not returned yet
        self._heard, self._doubt = 0.0, False

    async def close(self) -> None:
        if self._consumer is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._consumer.close)
            self._consumer = None  # which knows us: nobody else would let it go
        self._thread.shutdown(wait=False)

    async def read(self, limit: int, wait: float) -> list[Entry]:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            left = max(0.0, until - loop.time())
            if not self._taken:
                await self._fill(limit, min(left, _SLICE))
            if self._taken or left <= _SLICE:
                return self._entries(limit)

    async def _fill(self, limit: int, wait: float) -> None:
        """Whoever gives up waiting leaves the thread at work: what it takes is for the next who asks."""
        places = await self._places() if self._consumer is None else {}
        if self._under_way is None:
            self._under_way = asyncio.get_running_loop().run_in_executor(self._thread, self._work, places, limit, wait)
        under_way = self._under_way
        try:
            await asyncio.shield(under_way)
        finally:
            if under_way.done():
                self._under_way = None

    def _work(self, places: Mapping[Place, int], limit: int, wait: float) -> None:
        """In the thread. Raises Unavailable."""
        if self._consumer is None:
            self._consumer = self._open(places)
        self._take(self._consumer, limit, wait)

    def _open(self, places: Mapping[Place, int]) -> Consumer:
        consumer = Consumer({**self._settings, "error_cb": self._on_error})
        try:
            for topic in {topic for topic, _ in places}:
                consumer.list_topics(topic, timeout=PATIENCE)  # otherwise it finds them when it next looks, in a second
            consumer.assign([TopicPartition(*place, offset) for place, offset in places.items()])
        except KafkaException as error:
            consumer.close()
            raise Unavailable(f"Kafka is away: {sentence(error)}") from None
        self._probe = TopicPartition(*next(iter(places)))
        self._heard = time.monotonic()
        return consumer

    def _take(self, consumer: Consumer, limit: int, wait: float) -> None:
        first = consumer.poll(wait)
        if first is not None:
            self._taken.append(first)
            if limit > 1:
                self._taken.extend(consumer.consume(limit - 1, 0))
            self._heard, self._doubt = time.monotonic(), False
        elif self._doubt or time.monotonic() > self._heard + PATIENCE:
            self._ask(consumer)

    def _ask(self, consumer: Consumer) -> None:
        """Silence may mean that there is nothing, or nobody. Raises Unavailable."""
        try:
            consumer.get_watermark_offsets(self._probe, timeout=PATIENCE / 2)
        except KafkaException as error:
            self._doubt = True
            raise Unavailable(f"Kafka is away: {sentence(error)}") from None
        self._heard, self._doubt = time.monotonic(), False

    def _on_error(self, error: KafkaError) -> None:
        self._doubt = True

    def _entries(self, limit: int) -> list[Entry]:
        """Raises Trimmed or Unavailable where an error comes first; before that, what came before it."""
        entries: list[Entry] = []
        while self._taken and len(entries) < limit:
            error = self._taken[0].error()
            if error is None:
                entries.append(self._entry(self._taken.popleft()))
            elif entries:
                break
            else:
                _raise(error, self._taken.popleft())
        return entries

    def _entry(self, message: Message) -> Entry:
        stream = self._streams[message.topic()]  # type: ignore[index]  # a message that was read has all of these
        headers = message.headers()
        return Entry(
            stream,
            Position(message.partition(), str(message.offset())),  # type: ignore[arg-type]
            message.key() or b"",
            message.value() or b"",
            dict(headers) if headers else {},  # type: ignore[arg-type]
            message.timestamp()[1],
        )


def first_offset(taken: str) -> int:
    """Where to begin, after the offset that was *taken* last."""
    return int(taken) + 1 if taken else OFFSET_BEGINNING


def _raise(error: KafkaError, message: Message) -> None:
    if error.code() == KafkaError._BAD_MSG:
        raise Damaged(
            f"{message.topic()}, partition {message.partition()} in Kafka is damaged: {error.str()}; restore a backup"
            " (`xasup restore`) or that file of Kafka: what follows cannot be read"
        )
    if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        raise Trimmed(f"Kafka no longer holds what follows the cursor: {error.str()}")
    raise Unavailable(f"Kafka is away or refuses: {error.str()}")
