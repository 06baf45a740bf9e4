"""A house for each test, on the Redis of the worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.house import House, house
from tests.support.kafka import KafkaServer, running_kafka
from tests.support.redis import RedisServer


@pytest.fixture
def home(tmp_path: Path, redis: RedisServer) -> Iterator[House]:
    """Its log is in Redis, and empty."""
    with house(tmp_path, redis.url) as home:
        yield home


@pytest.fixture
def fragile_home(tmp_path: Path, own_redis: RedisServer) -> Iterator[House]:
    """The same, where the test may stop Redis."""
    with house(tmp_path, own_redis.url) as home:
        yield home


@pytest.fixture
def lone_kafka() -> Iterator[KafkaServer]:
    """A Kafka 3.9 of this test alone, without topics, to be stopped, frozen and killed at will."""
    with running_kafka() as server:
        yield server
