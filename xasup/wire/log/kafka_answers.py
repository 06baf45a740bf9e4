"""Whether a Kafka answers. Refuses to know: what is asked of it later."""

from __future__ import annotations

import asyncio

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from xasup.wire.log import kafka_settings

_PATIENCE = 1.0  # seconds for one answer
_PAUSE = 0.1


async def answers(url: str) -> None:
    """Return when the Kafka at *url* has told who belongs to it."""
    admin = AdminClient({**kafka_settings.read(url), "reconnect.backoff.max.ms": 200})
    while True:
        try:
            cluster = await asyncio.wrap_future(admin.describe_cluster(request_timeout=_PATIENCE))
        except KafkaException:
            await asyncio.sleep(_PAUSE)
        else:
            if cluster.nodes:
                return
