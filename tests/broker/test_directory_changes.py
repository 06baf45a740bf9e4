"""The plugin reads while the projector writes: commits, new generations, a growing map, a writer that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.alongside import alongside
from tests.support.broker import TestBroker, person
from tests.support.raw_mqtt import REFUSED, Out
from xasup.protocol import topics
from xasup.protocol.directory import Edit, set_contact
from xasup.protocol.ids import UserId

ALICE, BOB = UserId("alice"), UserId("bob")
TO_BOB = topics.message(BOB, ALICE)
PEOPLE = [*person("alice:d"), *person("bob:d"), set_contact(BOB, ALICE, True)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    with TestBroker(tmp_path, rate=0) as broker:  # what is refused here is refused by the directory
        broker.rebuild(PEOPLE)
        yield broker


@contextmanager
def meanwhile(change: Callable[[int], None]) -> Iterator[Callable[[], int]]:
    """Calls *change* over and over in another thread; gives how often so far."""
    count = [0]

    def run(done: threading.Event) -> None:
        while not done.is_set():
            change(count[0])
            count[0] += 1

    with alongside(run):
        yield lambda: count[0]


def refusals_during(broker: TestBroker, change: Callable[[int], None], times: int) -> int:
    """How many of alice's messages are refused while *change* happens at least so many *times*."""
    refused, alice = 0, broker.client("alice:d")
    with meanwhile(change) as count:
        while count() < times:
            codes = alice.publish_all([Out(TO_BOB)] * 50)
            refused += sum(code == REFUSED for code in codes)
    return refused


def test_commits_of_others_refuse_nothing(broker: TestBroker) -> None:
    def commit(turn: int) -> None:
        broker.apply(set_contact(UserId(f"u{turn % 97}"), ALICE, turn % 2 == 0))

    assert refusals_during(broker, commit, 300) == 0


def test_new_generations_refuse_nothing(broker: TestBroker) -> None:
    assert refusals_during(broker, lambda turn: broker.rebuild(PEOPLE), 15) == 0


def test_a_growing_map_refuses_nothing(broker: TestBroker) -> None:
    def grow(turn: int) -> None:
        broker.apply([Edit(b"x/%d/%d" % (turn, number), bytes(2000)) for number in range(2000)])

    size = (broker.directory / "current" / "data.mdb").stat().st_size
    assert refusals_during(broker, grow, 10) == 0
    assert (broker.directory / "current" / "data.mdb").stat().st_size > size


def test_a_new_generation_holds_from_the_next_packet_on(broker: TestBroker) -> None:
    alice = broker.client("alice:d")
    for _ in range(10):
        broker.rebuild([*person("alice:d"), *person("bob:d")])
        assert alice.publish(TO_BOB) == REFUSED
        broker.rebuild(PEOPLE)
        assert alice.publish(TO_BOB) == 0x10
        broker.apply(set_contact(BOB, ALICE, False))
        assert alice.publish(TO_BOB) == REFUSED


def test_the_broker_holds_no_old_pages_back(broker: TestBroker) -> None:
    """A reader that kept its snapshot would make the file grow with every change."""
    data = broker.directory / "current" / "data.mdb"
    alice, crowd = broker.client("alice:d"), [UserId(f"u{number}") for number in range(2000)]

    def change(turns: int) -> int:
        for turn in range(turns):
            broker.apply([set_contact(user, ALICE, True) for user in crowd[turn % 40 :: 40]])
        return data.stat().st_blocks

    change(60)
    assert alice.publish(TO_BOB) == 0x10
    before = change(20)
    assert change(100) <= before


def test_a_writer_that_is_killed_leaves_the_broker_reading(broker: TestBroker) -> None:
    broker.close_writer()
    code = (
        "import sys; from pathlib import Path; from itertools import count\n"
        "from xasup.protocol.directory import set_contact; from xasup.wire.directory import DirectoryWriter\n"
        "with DirectoryWriter(Path(sys.argv[1])) as writer:\n"
        "    for n in count():\n"
        "        writer.apply([set_contact(f'u{n % 50}', 'alice', True)], f'{n}-1')\n"
        "        if n == 20: print('writing', flush=True)\n"
    )
    alice = broker.client("alice:d")
    for _ in range(3):
        argv = [sys.executable, "-c", code, str(broker.directory)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.getcwd()}) as writer:  # noqa: PTH109
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"writing\n"
            assert alice.publish_all([Out(TO_BOB)] * 50) == [0x10] * 50
            writer.send_signal(signal.SIGKILL)
        assert alice.publish(TO_BOB) == 0x10
    broker.open_writer()
    broker.apply(set_contact(BOB, ALICE, False))
    assert alice.publish(TO_BOB) == REFUSED
