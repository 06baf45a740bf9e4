"""2,000 connections that say nothing, or half of a CONNECT: others come in and are served as before. Mosquitto has no
time limit for them shorter than 95 s, so what protects is that it may open many files (broker/launcher.py; that it may:
tests/broker/test_launcher.py).

"As before" is told from a second broker, asked in turns with the first, and from medians: so that it means the same
while this machine is busy."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.attacks.test_flood import halting
from tests.attacks.test_slow_readers import memory
from tests.support.broker import TestBroker, device, person
from tests.support.limits import files
from xasup.protocol import topics
from xasup.protocol.directory import set_contact
from xasup.protocol.ids import UserId

MANY = 2000
LONGER = 0.1  # seconds, of some 0.01 in all: two CONNECTs, a SUBSCRIBE and a message
ALICE, BOB = UserId("alice"), UserId("bob")
BEGINNINGS = (
    b"",
    b"\x10",
    b"\x10\x40\x00\x04MQTT\x05",
    b"\x10\xff\xff\xff\x7f",
    b"GET / HTTP/1.1\r\n",
    b"\x16\x03\x01\x02",
)


@contextmanager
def half_open(broker: TestBroker) -> Iterator[None]:
    with files(MANY + 500), ExitStack() as stack:
        pace = broker.attempt("alice:pace")
        for number in range(MANY):
            each = stack.enter_context(socket.create_connection(("127.0.0.1", broker.port), timeout=10))
            each.sendall(BEGINNINGS[number % len(BEGINNINGS)])
            if pace.code == 0 and number % 50 == 0:
                pace.got()  # so that none waits at the door: the kernel drops those beyond 100, for a second
        yield


def seconds_until_served(broker: TestBroker) -> float:
    """Of two people who come in now, and one message."""
    begun = time.monotonic()
    with broker.client("alice:d") as alice, broker.client("bob:d") as bob:
        assert bob.subscribe(topics.mailbox(BOB)) == 1
        assert alice.publish(topics.message(BOB, ALICE), b"hello") == 0
        assert bob.await_message().payload == b"hello"
    return time.monotonic() - begun


def longer(broker: TestBroker, twin: TestBroker, rounds: int = 20) -> float:
    """Seconds, of the medians of so many."""
    took, beside = [], []
    for _ in range(rounds):
        took.append(seconds_until_served(broker))
        beside.append(seconds_until_served(twin))
    return statistics.median(took) - statistics.median(beside)


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[TestBroker]:
    """To which nobody comes but those who are served."""
    (tmp_path / "twin").mkdir()
    with TestBroker(tmp_path / "twin") as twin:
        found(twin)
        yield twin


def found(broker: TestBroker) -> None:
    broker.apply(person("alice:d"), device("alice:pace"), person("bob:d"), set_contact(BOB, ALICE, True))


def test_others_come_in_and_are_served_as_before(tmp_path: Path, twin: TestBroker) -> None:
    with files(MANY + 500), TestBroker(tmp_path) as broker:
        found(broker)
        before = memory(broker)
        with half_open(broker):
            assert longer(broker, twin) < LONGER
            assert memory(broker) < before + 30
        assert longer(broker, twin) < LONGER
        assert broker.process is not None
        assert broker.process.poll() is None


def test_a_broker_with_few_files_is_shut_by_them(tmp_path: Path) -> None:
    """The negative control."""
    with files(300), TestBroker(tmp_path) as broker:
        found(broker)
        with half_open(broker), pytest.raises((AssertionError, OSError)):
            seconds_until_served(broker)


def test_a_broker_that_is_slow_to_let_in_is_noticed(tmp_path: Path, twin: TestBroker) -> None:
    """The negative control of the comparison."""
    (tmp_path / "slow").mkdir()
    with TestBroker(tmp_path / "slow") as broker:
        found(broker)
        with halting(broker):
            assert longer(broker, twin, rounds=5) > LONGER
