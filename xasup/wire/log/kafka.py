"""The log in Kafka: a topic for each stream, a shard for each partition; nothing is ever trimmed.

Durable on all replicas that are in step (`acks=all`). Refuses to know: what records mean, when to try a question again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType

from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log import kafka_settings
from xasup.wire.log.kafka_admin import Place, answer, client, refusal
from xasup.wire.log.kafka_appender import Appender
from xasup.wire.log.kafka_groups import Groups
from xasup.wire.log.kafka_offsets import offsets, since
from xasup.wire.log.kafka_reader import KafkaReader, first_offset
from xasup.wire.log.kafka_settings import PATIENCE
from xasup.wire.log.kafka_topics import Topic, prepare
from xasup.wire.log.port import Cursor, Extent, Outcome, Reader, Record, Shard, State

_PAUSE = 0.2  # seconds before another attempt
_EVERY = 1.0  # seconds between two questions whether a Kafka that was away is back


class KafkaLog:
    """As `async with KafkaLog(…) as log`; makes its topics as soon as Kafka answers."""

    def __init__(self, url: str, prefix: str = "", replication: int = 1) -> None:
        self._settings, self._prefix, self._replication = kafka_settings.read(url), prefix, replication
        self._refusals = refusals = deque[str](maxlen=1)  # the callback knows it, and not us: else nobody lets us go
        self._admin = client({**self._settings, "error_cb": lambda error: refusals.extend(refusal(error))})
        self._appender = Appender(self._settings)
        self._groups = Groups(self._settings)
        self._ready = asyncio.Event()
        self._topics: Mapping[str, Topic] = {}
        self._streams = {f"{prefix}{stream}": str(stream) for stream in Stream}

    async def __aenter__(self) -> KafkaLog:
        self._task = asyncio.create_task(self._run(), name="log in kafka")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._appender.close()
        await self._groups.close()

    @property
    def state(self) -> State:
        return self._appender.state

    @property
    def pending(self) -> int:
        return self._appender.pending

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        return self._appender.append(records)

    @asynccontextmanager
    async def reader(self, streams: Sequence[str], after: Cursor) -> AsyncIterator[Reader]:
        async def places() -> dict[Place, int]:
            await self._known()
            return {
                place: first_offset(after.get(Shard(stream, place[1]), ""))
                for stream in streams
                for place in self._places(stream)
            }

        settings = kafka_settings.of_consumer(self._settings, f"{self._prefix}xasup-reader")
        reader = KafkaReader(settings, self._streams, places)
        try:
            yield reader
        finally:
            await reader.close()

    async def extent(self, stream: str) -> dict[Shard, Extent]:
        lows, highs = await self._bounds(stream)
        return {
            Shard(stream, place[1]): (
                Extent(str(lows[place]), str(high - 1), high - lows[place], 0)
                if high > lows[place]
                else Extent("", "", 0, 0)
            )
            for place, high in highs.items()
        }

    async def at_time(self, streams: Sequence[str], ms: int) -> Cursor:
        await self._known()
        wanted = [place for stream in streams for place in self._places(stream)]
        if not wanted:
            return {}
        ends = await offsets(
            self._admin, wanted, "end"
        )  # before the other question: what comes meanwhile is not passed
        return self._before(ends | await since(self._settings, wanted, ms))

    async def before_end(self, stream: str, count: int) -> Cursor:
        lows, highs = await self._bounds(stream)
        return self._before({place: max(lows[place], high - count) for place, high in highs.items()})

    async def commit(self, consumer: str, cursor: Cursor) -> None:
        await self._known()
        if not cursor:
            return
        taken = {
            (self._topics[stream].name, number): int(offset) + 1 if offset else 0
            for (stream, number), offset in cursor.items()
        }
        await self._groups.commit(f"{self._prefix}{consumer}", taken)

    async def committed(self, consumer: str) -> Cursor:
        await self._known()
        places = [place for stream in self._topics for place in self._places(stream)]
        return self._before(await self._groups.committed(f"{self._prefix}{consumer}", places))

    async def lag(self, stream: str) -> dict[str, int]:
        lows, highs = await self._bounds(stream)
        listed = await answer(self._admin.list_consumer_groups(request_timeout=PATIENCE))
        groups = [each.group_id for each in listed.valid if each.group_id.startswith(self._prefix)]
        found = [await self._groups.committed(group, highs) for group in groups]
        return {
            group.removeprefix(self._prefix): sum(
                high - max(lows[place], done.get(place, 0)) for place, high in highs.items()
            )
            for group, done in zip(groups, found, strict=True)
            if done
        }

    async def _run(self) -> None:
        """Make the topics; then see, while it is away, whether Kafka is back."""
        while not self._ready.is_set():
            try:
                self._topics = await prepare(self._admin, self._prefix, self._replication)
                await self._appender.open(self._topics)
            except Unavailable as error:
                self._appender.state = State("away", self._why(str(error)))
                await asyncio.sleep(_PAUSE)
            else:
                self._ready.set()
        while True:
            await asyncio.sleep(_EVERY)
            if self.state.word != "up" and not self.pending:
                with contextlib.suppress(Unavailable):
                    await answer(self._admin.describe_cluster(request_timeout=PATIENCE))
                    self._appender.seen()

    async def _known(self) -> None:
        """Return when the topics are known. Raises Unavailable."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable(self._why(self.state.reason)) from None

    def _why(self, otherwise: str) -> str:
        """Why it does not answer: a wrong password looks like silence to whoever asks."""
        self._admin.poll(0)
        return self._refusals[-1] if self._refusals else otherwise

    def _places(self, stream: str) -> list[Place]:
        topic = self._topics[stream]
        return [(topic.name, number) for number in range(topic.partitions.count)]

    async def _bounds(self, stream: str) -> tuple[dict[Place, int], dict[Place, int]]:
        """The oldest offset that there is, and the one after the newest."""
        await self._known()
        places = self._places(stream)
        lows, highs = await asyncio.gather(offsets(self._admin, places, "oldest"), offsets(self._admin, places, "end"))
        return lows, highs

    def _before(self, places: Mapping[Place, int]) -> Cursor:
        """A cursor whose next offsets these are."""
        return {
            Shard(self._streams[topic], number): str(offset - 1) if offset else ""
            for (topic, number), offset in places.items()
        }
