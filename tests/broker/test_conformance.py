"""Statements of MQTT 3.1.1 and 5 that the product rests on, by their numbers, over TCP, TLS and WebSockets.

Raw packets, one statement a test. The numbers are those of MQTT 5 unless `3.1.1:` stands before them.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from broker import tls
from tests.support.alongside import alongside
from tests.support.broker import TestBroker, person, token
from tests.support.pipe import Dial, Packet, Pipe, packet, text
from tests.support.raw_mqtt import V5, V311
from xasup.protocol.directory import set_contact
from xasup.protocol.ids import UserId

CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 2, 3, 4, 5, 6, 7
SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 9, 11, 13, 14
PING, GOODBYE = packet(0xC0), packet(0xE0)
INBOX, TO_BOB, PRESENCE = "xasup/v1/u/bob/#", "xasup/v1/u/bob/msg/alice", "xasup/v1/u/alice/presence/alice"
EXPIRY, MAXIMUM, LARGEST, ALIAS, LIFE = b"\x11", b"\x21", b"\x27", b"\x23", b"\x02"  # properties
BOTH = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("conformance"), with_tls=True) as broker:
        broker.apply(person("alice:d"), person("bob:d"), person("carol:d"))
        broker.apply(*(set_contact(UserId(a), UserId(b), True) for a, b in (("alice", "bob"), ("bob", "alice"))))
        with kept_awake(broker):
            yield broker


@contextmanager
def kept_awake(broker: TestBroker) -> Iterator[None]:
    """Mosquitto 2.0.11 looks after its WebSockets ten times a second, and whenever something else wakes it: somebody
    who pings all the time."""
    pinging = broker.client("carol:d")

    def ping(over: threading.Event) -> None:
        while not over.wait(0.002):
            pinging.await_pong()

    with alongside(ping):
        yield


@pytest.fixture(params=["tcp", "tls", "ws", "wss"])
def dial(broker: TestBroker, request: pytest.FixtureRequest) -> Iterator[Dial]:
    """Opens connections over one transport; they are closed at the end."""
    settings, authority = broker.settings, broker.folder / "tls" / tls.CA
    ways = {
        "tcp": lambda: Pipe(settings.mqtt_port),
        "tls": lambda: Pipe(settings.mqtts_port, authority=authority),
        "ws": lambda: Pipe(settings.ws_port, web=True),
        "wss": lambda: Pipe(settings.wss_port, authority=authority, web=True),
    }
    opened: list[Pipe] = []

    def one() -> Pipe:
        opened.append(ways[request.param]())
        return opened[-1]

    yield one
    for pipe in opened:
        pipe.close()


# ---- Packets ----


def properties(version: int, data: bytes = b"") -> bytes:
    return bytes([len(data)]) + data if version == V5 else b""


def connect(
    who: str, version: int, *, clean: bool = True, more: bytes = b"", will: bytes = b"", alive: int = 60
) -> bytes:
    """*will*: properties, topic and payload as they stand in the packet."""
    flags = 0xC0 | clean << 1 | (0x0C if will else 0)
    head = text("MQTT") + bytes([version, flags]) + struct.pack("!H", alive) + properties(version, more)
    return packet(0x10, head, text(f"{who}:d"), will, text(who), text(token(f"{who}:d")))


def subscribe(filter: str, version: int, *, options: int = 1, number: int = 9) -> bytes:
    return packet(0x82, struct.pack("!H", number), properties(version), text(filter), bytes([options]))


def publish(
    topic: str | bytes,
    payload: bytes,
    version: int,
    *,
    qos: int = 1,
    number: int = 1,
    retain: bool = False,
    more: bytes = b"",
) -> bytes:
    numbered = struct.pack("!H", number) if qos else b""
    return packet(0x30 | qos << 1 | retain, text(topic), numbered, properties(version, more), payload)


def acknowledged(number: bytes) -> bytes:
    return packet(0x40, number)


def enter(dial: Dial, who: str, version: int, **more: object) -> tuple[Pipe, Packet]:
    """A connection that was let in, and the CONNACK."""
    pipe = dial()
    pipe.send(connect(who, version, **more))  # type: ignore[arg-type]
    [answer] = pipe.until(CONNACK)
    assert answer.body[1] == 0
    return pipe, answer


def listening(dial: Dial, version: int, filter: str = INBOX, **more: object) -> Pipe:
    """bob, subscribed at QoS 1."""
    pipe, _ = enter(dial, "bob", version, **more)
    pipe.send(subscribe(filter, version))
    assert pipe.until(SUBACK)[-1].body[-1] == 1
    return pipe


def fenced(pipe: Pipe) -> list[Packet]:
    """All that the broker had sent."""
    pipe.send(PING)
    packets = pipe.until(PINGRESP)
    assert packets and packets[-1].kind == PINGRESP, "closed"
    return packets[:-1]


def is_closed(pipe: Pipe) -> bool:
    """Perhaps after a DISCONNECT."""
    return all(each.kind in (DISCONNECT, CONNACK) for each in pipe.until(0))


def said(each: Packet, version: int) -> bytes:
    """The payload of a PUBLISH."""
    at = 2 + struct.unpack_from("!H", each.body)[0] + (2 if each.head & 6 else 0)
    return each.body[at + 1 + each.body[at] :] if version == V5 else each.body[at:]


def number_of(each: Packet) -> bytes:
    """Its packet identifier."""
    at = 2 + struct.unpack_from("!H", each.body)[0]
    return each.body[at : at + 2]


# ---- The connection ----


@BOTH
def test_mqtt_3_1_0_1_the_first_packet_is_connect(dial: Dial, version: int) -> None:
    pipe = dial()
    pipe.send(PING)
    assert is_closed(pipe)


@BOTH
def test_mqtt_3_1_0_2_a_second_connect_closes(dial: Dial, version: int) -> None:
    pipe, _ = enter(dial, "alice", version)
    pipe.send(connect("alice", version))
    assert is_closed(pipe)


def test_mqtt_3_1_2_2_an_unknown_version_is_refused(dial: Dial) -> None:
    pipe = dial()
    pipe.send(connect("alice", 9))
    answers = pipe.until(0)
    assert [each.body[1] for each in answers] in ([1], [0x84], [])


@BOTH
def test_mqtt_3_1_4_3_who_comes_with_the_same_id_takes_over(dial: Dial, version: int) -> None:
    """3.1.1: MQTT-3.1.4-2."""
    first, _ = enter(dial, "alice", version)
    second, _ = enter(dial, "alice", version)
    assert is_closed(first)
    assert fenced(second) == []


@BOTH
def test_mqtt_3_12_4_1_a_ping_is_answered(dial: Dial, version: int) -> None:
    pipe, _ = enter(dial, "alice", version)
    assert fenced(pipe) == []


@pytest.mark.parametrize("dial", ["tcp", "ws"], indirect=True)
def test_mqtt_3_1_2_22_silence_beyond_the_keep_alive_closes(dial: Dial) -> None:
    """3.1.1: MQTT-3.1.2-24. Both versions at once: it takes 6 s."""
    silent = [enter(dial, who, version, alive=1)[0] for who, version in (("alice", V311), ("bob", V5))]
    assert all(is_closed(pipe) for pipe in silent)


@BOTH
def test_mqtt_3_8_1_1_reserved_flags_close(dial: Dial, version: int) -> None:
    pipe, _ = enter(dial, "bob", version)
    pipe.send(b"\x80" + subscribe(INBOX, version)[1:])
    assert is_closed(pipe)


@BOTH
@pytest.mark.parametrize("bad", [b"xasup/v1/u/bob/msg/\xed\xa0\x80", b"xasup/v1/u/bob\0/msg/alice", b"\xc0\xaf"])
def test_mqtt_1_5_4_1_and_2_what_is_not_utf8_closes(dial: Dial, version: int, bad: bytes) -> None:
    """3.1.1: MQTT-1.5.3-1 and 2."""
    pipe, _ = enter(dial, "alice", version)
    pipe.send(publish(bad, b"x", version))
    assert is_closed(pipe)


# ---- The session ----


@BOTH
def test_mqtt_3_2_2_2_and_3_a_session_is_kept_and_begun_anew(dial: Dial, version: int) -> None:
    more = EXPIRY + struct.pack("!I", 60) if version == V5 else b""
    enter(dial, "bob", version)[0].send(GOODBYE)
    for clean, present in ((False, 0), (False, 1), (True, 0)):
        pipe, answer = enter(dial, "bob", version, clean=clean, more=more)
        assert answer.body[0] == present
        pipe.send(GOODBYE)
        assert is_closed(pipe)


def test_mqtt_3_1_2_23_a_session_without_expiry_ends_with_the_connection(dial: Dial) -> None:
    pipe, _ = enter(dial, "bob", V5, clean=False)
    pipe.send(GOODBYE)
    assert is_closed(pipe)
    assert enter(dial, "bob", V5, clean=False)[1].body[0] == 0


@BOTH
def test_mqtt_4_4_0_1_and_3_3_1_1_what_was_not_acknowledged_comes_again_marked(dial: Dial, version: int) -> None:
    more = EXPIRY + struct.pack("!I", 60) if version == V5 else b""
    bob = listening(dial, version, clean=False, more=more)
    alice, _ = enter(dial, "alice", version)
    alice.send(publish(TO_BOB, b"1", version), publish(TO_BOB, b"2", version, number=2))
    before = [bob.next(), bob.next()]
    bob.close()
    again, answer = enter(dial, "bob", version, clean=False, more=more)
    after = [again.next(), again.next()]
    assert answer.body[0] == 1
    assert [each.head & 0x0E for each in after if each] == [0x0A, 0x0A]
    assert [(said(each, version), number_of(each)) for each in after if each] == [
        (said(each, version), number_of(each)) for each in before if each
    ]
    again.send(*(acknowledged(number_of(each)) for each in after if each))
    assert fenced(again) == []
    enter(dial, "bob", version)


# ---- Publishing ----


@BOTH
def test_mqtt_4_6_0_6_one_senders_messages_come_in_order(dial: Dial, version: int) -> None:
    """3.1.1: MQTT-4.6.0-6."""
    bob = listening(dial, version)
    alice, _ = enter(dial, "alice", version)
    alice.send(*(publish(TO_BOB, b"%d" % number, version, number=number) for number in range(1, 51)))
    got = [bob.next() for _ in range(50)]
    assert [said(each, version) for each in got if each] == [b"%d" % number for number in range(1, 51)]


@BOTH
def test_mqtt_3_3_4_1_and_2_2_1_6_each_quality_has_its_answer(dial: Dial, version: int) -> None:
    """3.1.1: MQTT-3.3.4-1 and 2.3.1-6."""
    alice, _ = enter(dial, "alice", version)
    alice.send(publish(TO_BOB, b"0", version, qos=0))
    assert fenced(alice) == []
    alice.send(publish(TO_BOB, b"1", version, number=77))
    assert [(each.kind, each.body[:2]) for each in fenced(alice)] == [(PUBACK, b"\0\x4d")]
    alice.send(publish(TO_BOB, b"2", version, qos=2, number=78))
    assert [(each.kind, each.body[:2]) for each in alice.until(PUBREC)] == [(PUBREC, b"\0\x4e")]
    alice.send(packet(0x62, b"\0\x4e"))
    assert [(each.kind, each.body[:2]) for each in alice.until(PUBCOMP)] == [(PUBCOMP, b"\0\x4e")]


@BOTH
def test_mqtt_4_3_3_exactly_once_is_delivered_once_though_sent_twice(dial: Dial, version: int) -> None:
    bob = listening(dial, version)
    alice, _ = enter(dial, "alice", version)
    once = publish(TO_BOB, b"2", version, qos=2, number=5)
    alice.send(once, bytes([once[0] | 8]) + once[1:], packet(0x62, b"\0\x05"))
    assert alice.until(PUBCOMP)[-1].body[:2] == b"\0\x05"
    assert [said(each, version) for each in fenced(bob)] == [b"2"]


def test_mqtt_3_4_2_1_and_3_5_2_1_a_refusal_has_its_reason(dial: Dial) -> None:
    alice, _ = enter(dial, "alice", V5)
    alice.send(
        publish("xasup/v1/u/bob/msg/bob", b"x", V5), publish("xasup/v1/u/bob/msg/bob", b"x", V5, qos=2, number=2)
    )
    assert [(each.kind, each.body[2]) for each in fenced(alice)] == [(PUBACK, 0x87), (PUBREC, 0x87)]


@BOTH
def test_mqtt_3_3_2_2_a_wildcard_in_a_topic_closes(dial: Dial, version: int) -> None:
    alice, _ = enter(dial, "alice", version)
    alice.send(publish("xasup/v1/u/+/msg/alice", b"x", version))
    assert is_closed(alice)


@BOTH
def test_mqtt_3_3_1_8_and_9_retained_is_marked_for_who_comes_later(dial: Dial, version: int) -> None:
    bob = listening(dial, version, PRESENCE)
    fenced(bob)
    alice, _ = enter(dial, "alice", version)
    alice.send(publish(PRESENCE, b"here", version, retain=True))
    live = bob.next()
    assert live is not None and live.head & 1 == 0
    later = listening(dial, version, PRESENCE)
    [kept] = fenced(later)
    assert kept.head & 1 == 1 and said(kept, version) == b"here"
    alice.send(publish(PRESENCE, b"", version, retain=True, number=2))
    alice.until(PUBACK)
    alice.until(PUBACK)
    assert [each for each in fenced(listening(dial, version, PRESENCE)) if each.head & 1] == []


# ---- Subscribing ----


@BOTH
def test_mqtt_3_8_4_2_and_3_10_4_4_answers_carry_the_number(dial: Dial, version: int) -> None:
    bob, _ = enter(dial, "bob", version)
    bob.send(subscribe(INBOX, version, number=300))
    assert bob.until(SUBACK)[-1].body[:2] == b"\x01\x2c"
    bob.send(packet(0xA2, b"\x01\x2d", properties(version), text(INBOX)))
    assert bob.until(UNSUBACK)[-1].body[:2] == b"\x01\x2d"
    alice, _ = enter(dial, "alice", version)
    alice.send(publish(TO_BOB, b"x", version))
    alice.until(PUBACK)
    assert fenced(bob) == []


@BOTH
def test_mqtt_3_8_4_7_and_8_the_lower_quality_is_delivered(dial: Dial, version: int) -> None:
    bob, _ = enter(dial, "bob", version)
    bob.send(subscribe(INBOX, version, options=0))
    assert bob.until(SUBACK)[-1].body[-1] == 0
    alice, _ = enter(dial, "alice", version)
    alice.send(publish(TO_BOB, b"x", version))
    alice.until(PUBACK)
    assert [each.head & 6 for each in fenced(bob)] == [0]


def test_mqtt_3_8_3_3_no_local_is_not_sent_back(dial: Dial) -> None:
    alice, _ = enter(dial, "alice", V5)
    alice.send(subscribe("xasup/v1/u/+/msg/alice", V5, options=1 | 4), publish(TO_BOB, b"x", V5))
    assert [each.kind for each in fenced(alice)] == [SUBACK, PUBACK]


def test_mqtt_3_3_1_11_retained_is_not_sent_where_it_is_not_wanted(dial: Dial) -> None:
    alice, _ = enter(dial, "alice", V5)
    alice.send(publish(PRESENCE, b"here", V5, retain=True))
    bob, _ = enter(dial, "bob", V5)
    bob.send(subscribe(PRESENCE, V5, options=1 | 0x20))
    assert [each.kind for each in fenced(bob)] == [SUBACK]


# ---- Limits of MQTT 5 ----


def test_mqtt_3_3_4_9_no_more_is_under_way_than_the_receiver_takes(dial: Dial) -> None:
    bob = listening(dial, V5, more=MAXIMUM + struct.pack("!H", 3))
    alice, _ = enter(dial, "alice", V5)
    alice.send(*(publish(TO_BOB, b"%d" % number, V5, number=number) for number in range(1, 11)))
    alice.send(PING)
    alice.until(PINGRESP)
    assert [said(each, V5) for each in fenced(bob)] == [b"1", b"2", b"3"]


def test_mqtt_3_1_2_24_and_25_nothing_larger_is_sent_than_the_receiver_takes(dial: Dial) -> None:
    bob = listening(dial, V5, more=LARGEST + struct.pack("!I", 100))
    alice, _ = enter(dial, "alice", V5)
    alice.send(publish(TO_BOB, b"x" * 200, V5), publish(TO_BOB, b"small", V5, number=2), PING)
    alice.until(PINGRESP)
    assert [said(each, V5) for each in fenced(bob)] == [b"small"]


def test_mqtt_3_3_2_6_what_is_left_of_a_life_is_passed_on(dial: Dial) -> None:
    bob = listening(dial, V5)
    alice, _ = enter(dial, "alice", V5)
    alice.send(publish(TO_BOB, b"x", V5, more=LIFE + struct.pack("!I", 100)))
    got = bob.next()
    assert got is not None
    at = 2 + len(TO_BOB) + 2
    assert got.body[at + 1 : at + 2] == LIFE
    assert 95 <= struct.unpack_from("!I", got.body, at + 2)[0] <= 100


def test_mqtt_3_3_2_12_an_alias_stands_for_its_topic(dial: Dial) -> None:
    bob = listening(dial, V5)
    alice, _ = enter(dial, "alice", V5)
    alias = ALIAS + b"\0\x01"
    alice.send(publish(TO_BOB, b"1", V5, more=alias), publish("", b"2", V5, number=2, more=alias), PING)
    alice.until(PINGRESP)
    assert [said(each, V5) for each in fenced(bob)] == [b"1", b"2"]


@pytest.mark.parametrize("alias", [0, 65535])
def test_mqtt_3_3_2_8_and_9_an_alias_beyond_what_is_allowed_closes(dial: Dial, alias: int) -> None:
    alice, _ = enter(dial, "alice", V5)
    alice.send(publish(TO_BOB, b"x", V5, more=ALIAS + struct.pack("!H", alias)))
    assert is_closed(alice)


# ---- Wills ----


@BOTH
@pytest.mark.parametrize("goodbye", [True, False])
def test_mqtt_3_1_2_8_and_10_a_will_is_sent_unless_there_was_a_goodbye(dial: Dial, version: int, goodbye: bool) -> None:
    bob = listening(dial, version)
    will = properties(version) + text(TO_BOB) + text(b"gone")
    alice, _ = enter(dial, "alice", version, will=will)
    if goodbye:
        alice.send(GOODBYE)
        assert is_closed(alice)
        assert fenced(bob) == []
    else:
        alice.close()
        got = bob.next()
        assert got is not None and said(got, version) == b"gone"


@pytest.mark.parametrize("dial", ["tcp", "tls"], indirect=True)
def test_mqtt_3_14_4_3_a_goodbye_may_ask_for_the_will(dial: Dial) -> None:
    """Not over WebSockets: there Mosquitto 2.0.11 keeps the will to itself."""
    bob = listening(dial, V5)
    alice, _ = enter(dial, "alice", V5, will=properties(V5) + text(TO_BOB) + text(b"gone"))
    alice.send(packet(0xE0, b"\x04"))
    got = bob.next()
    assert got is not None and said(got, V5) == b"gone"
