"""What ends at a date, while the broker's clock is set a year forward and back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.broker import TestBroker, device, person
from tests.support.clock import YEAR, Clock, clock_in
from tests.support.raw_mqtt import REFUSED
from xasup.protocol import topics
from xasup.protocol.directory import set_contact
from xasup.protocol.ids import UserId

ALICE, BOB = UserId("alice"), UserId("bob")
DAY = 86_400  # seconds


def broker_of(folder: Path, clock: Clock) -> TestBroker:
    """With alice, who has a device that ends tomorrow and one that ended yesterday; it lives by *clock*."""
    return TestBroker(folder, environment=dict(clock.environment()))


def furnish(broker: TestBroker) -> None:
    now = int(time.time())
    broker.apply(person("alice:d"), person("bob:d"), set_contact(BOB, ALICE, True))
    broker.apply(device("alice:lasting", now + DAY), device("alice:old", now - DAY))


@pytest.mark.parametrize("off", [YEAR, -YEAR])
def test_a_clock_that_is_set_neither_ends_a_device_nor_brings_one_back(tmp_path: Path, off: int) -> None:
    clock = clock_in(tmp_path)
    with broker_of(tmp_path / "broker", clock) as broker:
        furnish(broker)
        lasting = broker.client("alice:lasting")
        clock.set(off)
        assert lasting.publish(topics.message(BOB, ALICE)) in (0, 0x10)
        assert broker.attempt("alice:lasting").code == 0
        assert broker.attempt("alice:old").code != 0


def test_control_a_broker_that_starts_with_that_clock_goes_by_it(tmp_path: Path) -> None:
    """So the clock is really set, and is what counts."""
    clock = clock_in(tmp_path)
    clock.set(YEAR)
    with broker_of(tmp_path / "broker", clock) as broker:
        furnish(broker)
        assert broker.attempt("alice:d").code == 0
        assert broker.attempt("alice:lasting").code != 0
        clock.set(0)
        assert broker.attempt("alice:lasting").code != 0, "not believed yet"


def test_a_date_holds(tmp_path: Path) -> None:
    clock = clock_in(tmp_path)
    with broker_of(tmp_path / "broker", clock) as broker:
        furnish(broker)
        raw = broker.client("alice:lasting")
        broker.apply(device("alice:lasting", int(time.time())))
        assert raw.publish(topics.message(BOB, ALICE)) == REFUSED
