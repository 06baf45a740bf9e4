"""How a client of librdkafka that is not ours comes to a Kafka of ours. Refuses to know: what it does there."""

from __future__ import annotations

from typing import Any

from xasup.wire.log.kafka_settings import read


def reach(url: str) -> dict[str, Any]:
    """Of what the log's own clients set for *url*, only where Kafka is and how they are let in."""
    return {name: value for name, value in read(url).items() if name.startswith(("bootstrap", "security", "sasl"))}
