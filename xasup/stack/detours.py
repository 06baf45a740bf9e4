"""Parts of a stack that reach others by another way than its settings say, or live by another clock, in a test.

Refuses to know: what stands between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class KafkaDetour(NamedTuple):
    """*listens*: a port of Kafka besides its own; *told*: where whoever comes there is told to come."""

    listens: int
    told: int


@dataclass(frozen=True, slots=True)
class Detours:
    """*environment*: by part (but Kafka and ZooKeeper), over what the settings give it; *kafka*: a second way to our
    own Kafka."""

    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kafka: KafkaDetour | None = None


NONE = Detours()
