"""Appends to the log in Kafka with one idempotent producer: librdkafka tries again, in order, and Kafka takes it once.

Refuses to know: topics' names, consumers, when they are made.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence

from confluent_kafka import KafkaError, KafkaException, Producer

from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.log.kafka_admin import error_of, sentence
from xasup.wire.log.kafka_batch import Batch, Tally
from xasup.wire.log.kafka_settings import PATIENCE, Settings, of_producer
from xasup.wire.log.kafka_topics import Topic
from xasup.wire.log.port import Fatal, Lapsed, Outcome, Record, State, refusal_of

_SOON, _LATER = 0.001, 0.05  # seconds between two looks for reports: the first after one came, growing up to the second
UP = State("up")
# A Kafka that has just come back may not know its own topics for a moment, and librdkafka gives up what waits for them.
_FORGOTTEN = (
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
)


def end_by(error: KafkaError | None, reason: str) -> Fatal:
    """What an error means that ends an appender. *reason*: a sentence."""
    if error is not None and error.code() in _FORGOTTEN and not error.fatal():
        return Lapsed(f"Kafka does not know the log's topics: {error.str()}; the log is opened anew")
    return Fatal(reason)


class Appender:
    """Keeps what it is given until open() has told it where to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics: Mapping[str, Topic] = {}
        self._producer: Producer | None = None
        self._backlog: deque[Batch] = deque()
        self._under_way: deque[Batch] = deque()
        self._fatal: Fatal | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pause, self._heard = _SOON, 0.0
        self._tally = Tally()
        self.state = State("away", "Kafka has not answered yet")

    @property
    def pending(self) -> int:
        return self._tally.pending

    async def open(self, topics: Mapping[str, Topic]) -> None:
        """From now on records go out. Raises Unavailable."""
        limits = [topic.limit for topic in topics.values()]
        settings = of_producer(self._settings, min(limits), max(limits))
        self._alone = settings["batch.size"]
        self._topics = topics
        producer = Producer({**settings, "error_cb": self._on_error})
        try:
            for topic in topics.values():  # otherwise it finds them when it next looks, in a second
                await asyncio.to_thread(producer.list_topics, topic.name, PATIENCE)
        except KafkaException as error:
            raise Unavailable(f"Kafka is away: {sentence(error)}") from None
        self._producer = producer
        self._heard, self.state = asyncio.get_running_loop().time(), UP
        self._go_on()

    async def close(self) -> None:
        """What has no outcome yet fails."""
        if self._timer is not None:
            self._timer.cancel()
        self._give_up(Fatal("the log was closed"))
        if self._producer is not None:
            self._producer.purge()
            await asyncio.to_thread(self._producer.flush, 1.0)
            self._producer = None

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        batch = Batch(records, done, self._judge, self._tally)
        if self._fatal is not None:
            batch.fail(self._fatal)
        elif not records:
            done.set_result([])
        else:
            if not self.pending:
                self._heard = asyncio.get_running_loop().time()  # before that nobody had anything to say
            self._pause = _SOON
            self._backlog.append(batch)
            self._tally.pending += len(records)
            self._go_on()
        return done

    def seen(self) -> None:
        """Kafka has answered another question."""
        if self._fatal is None and not self.pending and self._producer is not None:
            self.state = UP

    def _go_on(self) -> None:
        """Hand over what there is room for, take the reports that have come, and look again soon."""
        producer = self._producer
        if producer is None:
            return
        while self._backlog and self._hand_over(producer, self._backlog[0]):
            self._under_way.append(self._backlog.popleft())
        self._tally.news = False
        try:
            producer.poll(0)
        except KafkaException as error:  # it says so here too that it has failed for good
            self._give_up(Fatal(f"Kafka's producer has failed for good: {sentence(error)}"))
        while self._under_way and not self._under_way[0].left:
            self._under_way.popleft()
        self._look_after()
        if self.pending and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._go_on()

    def _look_after(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._tally.news:
            self._pause, self._heard = _SOON, now
            self.state = UP if self._fatal is None else self.state
        else:
            self._pause = min(self._pause * 1.1, _LATER)
            if self.pending and now > self._heard + PATIENCE and self.state is UP:
                self.state = State("away", f"Kafka has not answered for {PATIENCE:g} s")

    def _hand_over(self, producer: Producer, batch: Batch) -> bool:
        """False when librdkafka has no room for all of it now."""
        records, topics = batch.records, self._topics
        produce = producer.produce
        for index in range(batch.at, len(records)):
            record = records[index]
            stream, key, value, headers = record
            refusal = refusal_of(record, topics)
            if refusal is None:
                topic, (waiting, report) = topics[stream], batch.share(stream)
                partition = topic.partitions[key]
                listed = headers if type(headers) is list else list(headers)  # librdkafka's wrapper takes no other
                try:
                    produce(topic.name, value, key, partition, report, None, 0, listed)
                    waiting[partition].append(index)
                    continue
                except BufferError:
                    batch.at = index
                    return False
                except KafkaException as error:
                    refusal = self._refused(error)
            batch.settle(index, refusal)
        batch.at = len(records)
        return self._fatal is None

    def _refused(self, failure: KafkaException) -> Malformed | None:
        """A record that was not even handed over."""
        error = error_of(failure)
        if error is not None and error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            return Malformed("the record is larger than Kafka takes")
        self._give_up(end_by(error, f"Kafka's producer takes nothing: {sentence(failure)}"))
        return None

    def _judge(self, record: Record, error: KafkaError) -> Outcome | None:
        """A record that is larger than a batch travels alone: the refusal is about itself. Otherwise the topic's limit
        was lowered while we ran; whoever opens the log again knows it."""
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE and _size(record) > self._alone:
            return Malformed("the record is larger than Kafka takes")
        self._give_up(end_by(error, f"Kafka refuses what we append: {error.str()}"))
        return None

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._give_up(Fatal(f"Kafka's producer has failed for good: {error.str()}"))
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.state = State("away", f"Kafka is away: {error.str()}")

    def _give_up(self, error: Fatal) -> None:
        self._fatal = self._fatal or error
        self.state = State("away", str(self._fatal))
        for batch in (*self._under_way, *self._backlog):
            batch.fail(self._fatal)
        self._under_way, self._backlog, self._tally = deque(), deque(), Tally()


def _size(record: Record) -> int:
    return len(record.key) + len(record.value) + sum(len(name) + len(value) for name, value in record.headers)
