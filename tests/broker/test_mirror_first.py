"""After each start people are let in once the bridge has subscribed: what they publish before would never be stored."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import TestBroker, person
from tests.support.raw_mqtt import RawClient
from xasup.protocol import topics
from xasup.protocol.directory import Flag
from xasup.protocol.ids import UserId
from xasup.protocol.streams import ROUTES

BRIDGE, CONTACTS = "svc-bridge:local", "svc-contacts:local"
FILTERS = [route.filter for route in ROUTES.values()]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    with TestBroker(tmp_path, mirrored=True) as broker:
        broker.apply(person("alice:phone"), person(BRIDGE, Flag.SERVICE), person(CONTACTS, Flag.SERVICE))
        yield broker


def let_in(broker: TestBroker) -> bool:
    return broker.attempt("alice:phone").code == 0


def subscribe(broker: TestBroker, client: str, *filters: str) -> RawClient:
    connection = broker.client(client)
    connection.subscribe_all(filters)
    return connection


def test_people_wait_for_the_bridge_and_services_do_not(broker: TestBroker) -> None:
    assert not let_in(broker)
    subscribe(broker, CONTACTS, topics.requests("contacts"))
    subscribe(broker, CONTACTS, *FILTERS)  # which is refused
    broker.client(BRIDGE)
    subscribe(broker, BRIDGE, topics.presence(UserId("svc-bridge")))  # as one that stands by does
    assert not let_in(broker)
    subscribe(broker, BRIDGE, *FILTERS)
    assert let_in(broker)


def test_once_subscribed_its_session_keeps_what_comes_while_the_bridge_is_away(broker: TestBroker) -> None:
    subscribe(broker, BRIDGE, *FILTERS).vanish()
    assert let_in(broker)


def test_the_wait_begins_anew_with_each_start(broker: TestBroker) -> None:
    subscribe(broker, BRIDGE, *FILTERS)
    assert let_in(broker)
    broker.stop(signal.SIGKILL)
    broker.start()
    assert not let_in(broker)
    subscribe(broker, BRIDGE, *FILTERS)
    assert let_in(broker)
