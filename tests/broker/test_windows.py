"""How much the broker sends before it is acknowledged, and what it keeps for a client that is away."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.broker import FOREVER, TestBroker, person, token
from tests.support.raw_mqtt import V5, V311, Out, RawClient
from xasup.protocol import topics
from xasup.protocol.access import DROPPED
from xasup.protocol.directory import Flag, set_contact
from xasup.protocol.ids import UserId
from xasup.protocol.streams import ROUTES, Stream

BRIDGE = "svc-bridge:local"
MESSAGES = next(route.filter for route in ROUTES.values() if route.stream is Stream.MESSAGES)
MANY = 3000
_PUBLISH, _PUBACK, _PINGREQ, _PINGRESP = 3, 4, 12, 13


class Holding(RawClient):
    """Acknowledges nothing by itself. *window*: its Receive Maximum; 0: it does not say."""

    def __init__(self, broker: TestBroker, window: int, version: int = V5) -> None:
        self._window = window
        lasting: dict[str, Any] = {"clean": False, "expiry": FOREVER if version == V5 else 0}
        super().__init__(broker.port, BRIDGE, "svc-bridge", token(BRIDGE), version=version, **lasting)
        assert self.code == 0

    def held(self) -> list[int]:
        """Packet ids of what comes until the broker has nothing more to send."""
        self._send(_PINGREQ << 4, b"")
        mids = []
        while (packet := self._read())[0] >> 4 != _PINGRESP:
            if packet[0] >> 4 == _PUBLISH:
                [length] = struct.unpack_from("!H", packet[1])
                mids += struct.unpack_from("!H", packet[1], 2 + length)
        return mids

    def acknowledge(self, mids: list[int]) -> None:
        for mid in mids:
            self._send(_PUBACK << 4, struct.pack("!H", mid))

    def _properties(self, properties: bytes = b"") -> bytes:
        window = b"\x21" + struct.pack("!H", self._window) if properties and self._window else b""
        return super()._properties(properties + window)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TestBroker]:
    with TestBroker(tmp_path) as broker:
        broker.apply(person("alice:d"), person("bob:d"), person(BRIDGE, Flag.SERVICE))
        broker.apply(set_contact(UserId("bob"), UserId("alice"), True))
        yield broker


def write(broker: TestBroker, count: int) -> None:
    topic = topics.message(UserId("bob"), UserId("alice"))
    with broker.client("alice:d") as alice:
        alice.publish_all([Out(topic)] * count)


@pytest.mark.parametrize(
    ("version", "window", "expected"), [(V5, 50, 50), (V5, 0, 100), (V311, 0, 100), (V5, 2000, 2000), (V5, 65535, MANY)]
)
def test_the_receive_maximum_takes_the_place_of_the_brokers_own(
    broker: TestBroker, version: int, window: int, expected: int
) -> None:
    bridge = Holding(broker, window, version)
    bridge.subscribe(MESSAGES)
    write(broker, MANY)
    assert len(bridge.held()) == expected


def test_all_comes_once_and_in_the_order_of_acknowledgement_and_nothing_is_dropped(broker: TestBroker) -> None:
    """With 2.0.11 each acknowledgement lets another whole window come; however many that are, it ends well."""
    with Holding(broker, 500) as bridge:
        bridge.subscribe(MESSAGES)
    write(broker, MANY)
    with Holding(broker, 500) as bridge:
        got: list[int] = []
        while mids := bridge.held():
            bridge.acknowledge(mids)
            got += mids
        assert got == list(range(1, MANY + 1))
        assert bridge.subscribe(DROPPED) == 1
        assert bridge.await_message().payload == b"0"
