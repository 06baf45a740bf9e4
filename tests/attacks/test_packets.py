"""Packets that polite clients never send: malformed, oversized, with floods of properties, with aliases. Whoever
sends one is put out or refused; others notice nothing. (At random, by the ten thousand: the fuzz tests.)"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from tests.support.broker import TestBroker, person, token
from tests.support.raw_mqtt import REFUSED, Closed, RawClient
from xasup.protocol import topics
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.directory import set_contact
from xasup.protocol.ids import UserId

EVE, ALICE, BOB = UserId("eve"), UserId("alice"), UserId("bob")
MINE = topics.request("contacts", EVE).encode()  # where eve may write
THEIRS = topics.message(BOB, ALICE).encode()  # where she may not
NOT_YOURS = topics.message(BOB, EVE).encode()
USER_PROPERTY = b"\x26\x00\x01k\x00\x01v"


def number(value: int) -> bytes:
    """A variable byte integer."""
    out = bytearray()
    while True:
        out.append(value % 128 | (128 if value > 127 else 0))
        value //= 128
        if not value:
            return bytes(out)


def text(value: bytes) -> bytes:
    return struct.pack("!H", len(value)) + value


def packet(head: int, body: bytes) -> bytes:
    return bytes([head]) + number(len(body)) + body


def publish(topic: bytes, properties: bytes = b"", mid: int = 9, head: int = 0x32, payload: bytes = b"x") -> bytes:
    return packet(head, text(topic) + struct.pack("!H", mid) + number(len(properties)) + properties + payload)


def alias(value: int) -> bytes:
    return b"\x23" + struct.pack("!H", value)


def connect(version: int = 5, name: bytes = b"MQTT", flags: int = 0xC2, properties: bytes = b"") -> bytes:
    head = text(name) + bytes([version, flags]) + b"\x00\x3c" + number(len(properties)) + properties
    return packet(0x10, head + text(b"eve:d") + text(b"eve") + text(token("eve:d").encode()))


# What ends the connection of the one who sends it, after a good CONNECT.
ENDS = {
    "a packet of 256 MiB, announced": b"\x32\xff\xff\xff\x7f",
    "a length of five bytes": b"\x32\xff\xff\xff\xff\x7f",
    "a packet over the limit": publish(MINE, payload=bytes(300_000)),
    "a second CONNECT": connect(),
    "a CONNACK": packet(0x20, b"\x00\x00\x00"),
    "type 0": packet(0x00, b""),
    "QoS 3": publish(MINE, head=0x36),
    "packet id 0": publish(MINE, mid=0),
    "SUBSCRIBE with the wrong flags": packet(0x80, b"\x00\x09\x00" + text(b"xasup/v1/u/eve/#") + b"\x01"),
    "SUBSCRIBE to nothing": packet(0x82, b"\x00\x09\x00"),
    "SUBSCRIBE at QoS 3": packet(0x82, b"\x00\x09\x00" + text(b"xasup/v1/u/eve/#") + b"\x03"),
    "a subscription identifier of 0": packet(0x82, b"\x00\x09\x02\x0b\x00" + text(b"xasup/v1/u/eve/#") + b"\x01"),
    "an empty topic": publish(b""),
    "a topic with a NUL": publish(MINE + b"\x00"),
    "a topic that is not UTF-8": publish(b"\xff\xfe"),
    "a topic in overlong UTF-8": publish(b"xasup\xc0\xaf"),
    "a topic with half of a surrogate": publish(b"\xed\xa0\x80"),
    "a topic with a wildcard": publish(b"xasup/v1/u/+/msg/eve"),
    "a topic longer than its packet": packet(0x32, b"\xff\xff" + MINE),
    "properties longer than their packet": packet(0x32, text(MINE) + b"\x00\x09\xff\xff\x03"),
    "a property that does not exist": publish(MINE, b"\x7f\x00"),
    "a property of another packet": publish(MINE, b"\x11\x00\x00\x00\x05"),
    "a property twice": publish(MINE, b"\x01\x01\x01\x01"),
    "alias 0": publish(MINE, alias(0)),
    "an alias above the maximum": publish(MINE, alias(65535)),
    "an alias that was never given": publish(b"", alias(3)),
}

# What is no CONNECT that the broker takes.
NO_CONNECT = {
    "PUBLISH first": publish(MINE),
    "PINGREQ first": b"\xc0\x00",
    "another protocol": connect(name=b"HTTP"),
    "a protocol of 60 KB": connect(name=b"M" * 60_000),
    "version 99": connect(version=99),
    "the reserved flag": connect(flags=0xC3),
    "a will of QoS 3": connect(flags=0xDE),
    "an authentication of its own": connect(properties=b"\x15" + text(b"PLAIN")),
    "a flood of properties, over the limit": connect(properties=USER_PROPERTY * 60_000),
    "a property twice": connect(properties=b"\x11\x00\x00\x00\x01" * 2),
    "a receive maximum of 0": connect(properties=b"\x21\x00\x00"),
    "a length of five bytes": b"\x10\xff\xff\xff\xff\x7f",
    "another's packets behind a wrong token": connect().replace(b"token", b"taken") + publish(MINE),
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("packets")) as broker:
        broker.apply(person("eve:d"), person("alice:d"), person("bob:d"), set_contact(BOB, ALICE, True))
        yield broker


@pytest.fixture
def bystanders(broker: TestBroker) -> Iterator[None]:
    """Two who talk before and after, on the same connections, and get what they wrote and nothing else."""
    with broker.client("alice:d") as alice, broker.client("bob:d") as bob:
        assert bob.subscribe(topics.mailbox(BOB)) == 1
        assert alice.publish(topics.message(BOB, ALICE), b"before") == 0
        yield
        assert alice.publish(topics.message(BOB, ALICE), b"after") == 0
        assert [message.payload for message in bob.got()] == [b"before", b"after"]


def ends(raw: RawClient, data: bytes) -> bool:
    """Whether the broker ends the connection instead of answering a ping."""
    try:
        raw.send_bytes(data)
        raw.await_pong()
    except (Closed, ConnectionError):
        return True
    return False


@pytest.mark.usefixtures("bystanders")
@pytest.mark.parametrize("what", ENDS)
def test_who_sends_what_is_no_packet_is_put_out(broker: TestBroker, what: str) -> None:
    assert ends(broker.client("eve:d"), ENDS[what])


@pytest.mark.usefixtures("bystanders")
@pytest.mark.parametrize("what", NO_CONNECT)
def test_what_is_no_connect_lets_nobody_in(broker: TestBroker, what: str) -> None:
    with RawClient.silent(broker.port) as raw:
        assert ends(raw, NO_CONNECT[what])


@pytest.mark.usefixtures("bystanders")
@pytest.mark.parametrize("data", [b"", publish(MINE), publish(MINE, USER_PROPERTY), publish(MINE, alias(1))])
def test_a_good_packet_ends_nothing(broker: TestBroker, data: bytes) -> None:
    """The negative control: the check can say no."""
    assert not ends(broker.client("eve:d"), data)
    with RawClient.silent(broker.port) as raw:
        assert not ends(raw, connect())


@pytest.mark.usefixtures("bystanders")
def test_a_flood_of_properties_is_one_packet_like_another(broker: TestBroker) -> None:
    raw = broker.client("eve:d")
    assert not ends(raw, publish(MINE, USER_PROPERTY * 30_000))
    assert ends(raw, publish(MINE, USER_PROPERTY * 60_000)), "over the limit of a packet"


@pytest.mark.usefixtures("bystanders")
def test_ten_thousand_filters_in_one_packet_are_all_refused(broker: TestBroker) -> None:
    raw = broker.client("eve:d")
    body = b"\x00\x09\x00" + b"".join(text(b"xasup/v1/u/bob/#") + b"\x01" for _ in range(10_000))
    assert raw.answer_to(packet(0x82, body), 9) == b"\x00\x09\x00" + bytes([REFUSED]) * 10_000


@pytest.mark.usefixtures("bystanders")
@pytest.mark.parametrize("topic", [THEIRS, NOT_YOURS], ids=["another's", "to one who does not accept"])
def test_an_alias_gives_no_right(broker: TestBroker, topic: bytes) -> None:
    """Neither one that was given to a topic that is refused, nor one that belonged to a good topic before."""
    raw = broker.client("eve:d")
    assert raw.answer_to(publish(MINE, alias(1)), 4)[2:3] in (b"", b"\x00", b"\x10")
    for data in (publish(topic, alias(1)), publish(b"", alias(1)), publish(b"", alias(1))):
        assert raw.answer_to(data, 4)[2] == REFUSED


@pytest.mark.usefixtures("bystanders")
def test_a_response_topic_and_an_expiry_reach_nobody_who_does_not_accept(broker: TestBroker) -> None:
    raw = broker.client("eve:d")
    properties = b"\x02\x00\x00\x00\x00\x08" + text(THEIRS) + b"\x09" + text(b"id")
    assert raw.answer_to(publish(NOT_YOURS, properties, payload=bytes(MAX_PAYLOAD)), 4)[2] == REFUSED
