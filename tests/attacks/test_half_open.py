"""2,000 connections that say nothing, or half of a CONNECT: others come in and are served as before. Mosquitto has no
time limit for them shorter than 95 s, so what protects is that it may open many files (broker/launcher.py)."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.attacks.test_slow_readers import memory
from tests.support.broker import TestBroker, device, person
from xasup.protocol import topics
from xasup.protocol.directory import set_contact
from xasup.protocol.ids import UserId

MANY = 2000
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
def files(count: int) -> Iterator[None]:
    """How many this process may open, and those it starts meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


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


def found(broker: TestBroker) -> None:
    broker.apply(person("alice:d"), device("alice:pace"), person("bob:d"), set_contact(BOB, ALICE, True))


def test_others_come_in_and_are_served_as_before(tmp_path: Path) -> None:
    with files(MANY + 500), TestBroker(tmp_path) as broker:
        found(broker)
        before = memory(broker)
        with half_open(broker):
            assert max(seconds_until_served(broker) for _ in range(20)) < 0.5
            assert memory(broker) < before + 30
        assert seconds_until_served(broker) < 0.5
        assert broker.process is not None
        assert broker.process.poll() is None


def test_a_broker_with_few_files_is_shut_by_them(tmp_path: Path) -> None:
    """The negative control."""
    with files(300), TestBroker(tmp_path) as broker:
        found(broker)
        with half_open(broker), pytest.raises((AssertionError, OSError)):
            seconds_until_served(broker)
