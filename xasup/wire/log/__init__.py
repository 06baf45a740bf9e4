"""The log: what must never be lost, in order, to be read again. A port; memory, Redis Streams, Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from xasup.protocol.errors import Malformed, Unavailable
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Log

MEMORY_LIMIT = 512 << 20  # bytes


@asynccontextmanager
async def open_log(
    url: str, *, producer: str = "", memory_limit: int = MEMORY_LIMIT, prefix: str = "", replication: int = 1
) -> AsyncIterator[Log]:
    """The log at *url*: `memory:`, `unix:///…`, `redis://…`, `rediss://…` or `kafka://host:port[,host:port]`, whose
    query may hold settings of librdkafka, as in `?security.protocol=ssl`.

    It opens whether the log can be reached or not. *producer*: who appends; in Redis, whoever opened it last under
    this name is the only one who can (without a name: nobody is kept from appending). *memory_limit*: bytes that the
    streams may take in memory or in Redis. *prefix*: goes before the names of streams and consumers. *replication*: of
    topics that are made in Kafka. Raises Malformed for a URL that it cannot read, Unavailable where the library for it
    is not installed.
    """
    async with _adapter(url, producer, memory_limit, prefix, replication) as log:
        yield log


def _adapter(
    url: str, producer: str, memory_limit: int, prefix: str, replication: int
) -> AbstractAsyncContextManager[Log]:
    scheme, colon, _ = url.partition(":")
    try:
        match scheme if colon else "":
            case "memory":
                return nullcontext(MemoryLog(memory_limit))
            case "redis" | "rediss" | "unix":
                from xasup.wire.log.redis import RedisLog

                return RedisLog(url, producer, memory_limit, prefix)
            case "kafka":
                from xasup.wire.log.kafka import KafkaLog

                return KafkaLog(url, prefix, replication)
    except ImportError as error:
        raise Unavailable(f"{error.name} is not installed; `pip install 'xasup[history]'` brings it") from None
    raise Malformed("the URL of the log: expected redis://…, rediss://…, unix:///…, kafka://… or memory:")
