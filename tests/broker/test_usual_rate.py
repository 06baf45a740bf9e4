"""The rate of those to whom nobody has given one. (Rates that are given: test_refusals.py.)"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.attacks import faulty
from tests.support.broker import TestBroker, person
from tests.support.raw_mqtt import REFUSED, Out, RawClient
from xasup.protocol import topics
from xasup.protocol.access import DEPTH, RATE, rate_of
from xasup.protocol.directory import NO_RATE, UserRecord, set_contact
from xasup.protocol.ids import UserId

BOB = UserId("bob")
USUAL = 2  # publishes a second
FEW, MANY = USUAL * DEPTH - 5, USUAL * DEPTH + 400
BUCKETS = "SETS = 4096, WAYS = 4"


def friend(broker: TestBroker, name: str, **given: Any) -> RawClient:
    """Of bob."""
    broker.apply(person("bob:d"), person(f"{name}:d", **given), set_contact(BOB, UserId(name), True))
    return broker.client(f"{name}:d")


def passed(raw: RawClient, name: str, count: int) -> int:
    """How many of so many messages to bob."""
    answers = raw.publish_all([Out(topics.message(BOB, UserId(name)), b"hello")] * count)
    assert set(answers) <= {0, 0x10, REFUSED}  # 0x10: taken, and nobody hears it
    return len(answers) - answers.count(REFUSED)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    with TestBroker(tmp_path, rate=USUAL) as broker:
        yield broker


def test_who_goes_beyond_it_is_refused_and_others_are_not(broker: TestBroker) -> None:
    eve, alice = friend(broker, "eve"), friend(broker, "alice")
    begun = time.monotonic()
    through = passed(eve, "eve", MANY)
    assert USUAL * DEPTH <= through <= USUAL * (DEPTH + time.monotonic() - begun + 0.05)
    assert passed(alice, "alice", FEW) == FEW


def test_a_rate_that_is_given_takes_its_place(broker: TestBroker) -> None:
    slow, quick = friend(broker, "slow", rate=1, burst=3), friend(broker, "quick", rate=1000, burst=MANY)
    assert passed(slow, "slow", FEW) < FEW
    assert passed(quick, "quick", MANY) == MANY


def test_no_limit_may_be_given(broker: TestBroker) -> None:
    free = friend(broker, "free", rate=NO_RATE)
    assert passed(free, "free", MANY) == MANY


def test_it_may_be_none_for_all(tmp_path: Path) -> None:
    with TestBroker(tmp_path, rate=0) as broker:
        assert passed(friend(broker, "free"), "free", MANY) == MANY
        assert passed(friend(broker, "slow", rate=1, burst=3), "slow", FEW) < FEW


@pytest.mark.parametrize("line", ["", "plugin_opt_rate many\n", "plugin_opt_rate 0\n"])
def test_without_a_word_or_with_one_that_is_no_number_it_is_what_the_model_says(tmp_path: Path, line: str) -> None:
    usual = rate_of(UserRecord())
    assert usual is not None
    with TestBroker(tmp_path, rate=USUAL) as broker:
        broker.stop()
        said(broker, f"plugin_opt_rate {USUAL}\n", line)
        eve = friend(broker, "eve")
        begun = time.monotonic()
        through = sum(passed(eve, "eve", 1000) for _ in range(usual.burst // 1000 + 5))
        most = usual.burst + RATE * (time.monotonic() - begun + 0.05)
    assert usual.burst <= through <= most


def said(broker: TestBroker, right: str, wrong: str) -> None:
    """Start it with another line in its configuration."""
    broker.respelled = (right, wrong)
    broker.start()


def test_a_plugin_without_a_usual_rate_is_noticed(tmp_path: Path) -> None:
    """The negative control."""
    plugin = faulty.plugin(tmp_path / "plugin", "rate.c", "if (rate == UINT32_MAX)", "if (!given)")
    with TestBroker(tmp_path, plugin=plugin, rate=USUAL) as broker:
        assert passed(friend(broker, "eve"), "eve", MANY) == MANY


@contextmanager
def crowded(folder: Path, buckets: str) -> Iterator[TestBroker]:
    """As many as fit into one set, of whom three flood."""
    plugin = faulty.plugin(folder / "plugin", "rate.c", BUCKETS, buckets)
    with TestBroker(folder, plugin=plugin, rate=USUAL) as broker:
        for name in ("eve", "mallory", "trudy"):
            assert passed(friend(broker, name), name, MANY) < MANY
        yield broker


def calm(broker: TestBroker) -> int:
    """How many of ten people get their one message through."""
    return sum(passed(friend(broker, f"calm-{n}"), f"calm-{n}", 1) for n in range(10))


def test_who_floods_takes_no_bucket_from_others(tmp_path: Path) -> None:
    with crowded(tmp_path, "SETS = 1, WAYS = 4") as broker:
        assert calm(broker) == 10


def test_a_bucket_for_all_is_noticed(tmp_path: Path) -> None:
    """The negative control: one bucket, which those who flood have emptied."""
    with crowded(tmp_path, "SETS = 1, WAYS = 1") as broker:
        assert calm(broker) < 10
