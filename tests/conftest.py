"""Fixtures of all tests: each builds something from tests/support/."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.backend import Backend, running_backend
from tests.support.clock import Clock, clock_in
from tests.support.kafka import KafkaServer, running_kafka, running_kraft
from tests.support.redis import RedisServer, running_redis

# No example database: tests leave no file behind. No deadline: the machines are shared.
# XASUP_EXAMPLES=1000 digs deeper.
settings.register_profile(
    "xasup", max_examples=int(os.environ.get("XASUP_EXAMPLES", "10")), database=None, deadline=None
)
settings.load_profile("xasup")


def pytest_configure() -> None:
    """Ctrl-C reaches what the tests start, though a shell that starts something in the background has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Groups that pytest-xdist ignores would cost a Kafka for each worker, and nobody would notice."""
    if getattr(session.config.option, "loadgroup", False):  # in a worker, with --dist loadgroup
        alone = [it.nodeid for it in session.items if it.get_closest_marker("xdist_group") and "@" not in it.nodeid]
        if alone:
            raise pytest.UsageError(f"this pytest and this pytest-xdist do not group {alone[0]} with others")


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """One for each worker; use `redis`, which is empty."""
    with running_redis() as server:
        yield server


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """A Redis without data. Not to be stopped."""
    shared_redis.command("FLUSHALL")
    return shared_redis


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test alone, to be stopped, frozen and started at will."""
    with running_redis() as server:
        yield server


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Of all processes that this test starts from now on; not of the test itself."""
    clock = clock_in(tmp_path)
    for name, value in clock.environment().items():
        monkeypatch.setenv(name, value)
    return clock


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaServer]:
    """A Kafka 3.9 with ZooKeeper, shared: take a `prefix()`. Not to be stopped. Its tests belong together, in the
    group `kafka` of pytest-xdist, so that one worker alone starts it."""
    with running_kafka() as server:
        yield server


@pytest.fixture(scope="session")
def kraft() -> Iterator[KafkaServer]:
    """The same with a Kafka 4."""
    with running_kraft() as server:
        yield server


@pytest.fixture
def own_kafka(kafka: KafkaServer) -> Iterator[KafkaServer]:
    """The same Kafka 3.9, which this test may stop, freeze and kill at will: for others it runs again."""
    yield kafka
    kafka.heal()


@pytest.fixture(scope="session")
def backend() -> Iterator[Backend]:
    """The whole stack, one for each worker; leave its processes alone."""
    with running_backend() as backend:
        yield backend


@pytest.fixture(scope="session")
def fragile_backend() -> Iterator[Backend]:
    """One more for each worker; use `own_backend`, which is whole."""
    with running_backend() as backend:
        yield backend


@pytest.fixture
def own_backend(fragile_backend: Backend) -> Iterator[Backend]:
    """A whole stack whose processes this test may stop, freeze and kill at will; its users and data stay."""
    fragile_backend.heal()
    yield fragile_backend
    fragile_backend.heal()
