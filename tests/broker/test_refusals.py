"""What is said of a refusal, and how much may be written how fast."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.broker import FOREVER, TestBroker, device, person
from tests.support.raw_mqtt import REFUSED, V5, V311, Closed, Out, RawClient
from xasup.protocol import topics
from xasup.protocol.access import MAX_PAYLOAD, MAX_SERVICE_PAYLOAD, Reason
from xasup.protocol.directory import Flag, set_contact, set_device
from xasup.protocol.ids import ClientId, UserId

BOB = UserId("bob")
VERSIONS = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])

# What is tried by a user `{me}`, for each reason that a publish can be refused for.
REFUSALS = {
    Reason.NOT_A_TOPIC: Out("hello/world"),
    Reason.NOT_YOU: Out("xasup/v1/u/bob/msg/carol"),
    Reason.NOT_ACCEPTED: Out("xasup/v1/u/bob/msg/{me}"),
    Reason.NOT_MEMBER: Out("xasup/v1/g/hikers/msg/{me}"),
    Reason.NOT_SERVICE: Out("xasup/v1/u/bob/event/contacts"),
    Reason.NO_RETAIN: Out("xasup/v1/u/bob/msg/{me}", retain=True),
    Reason.TOO_LARGE: Out("xasup/v1/svc/contacts/request/{me}", bytes(MAX_PAYLOAD + 1)),
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("refusals")) as broker:
        broker.apply(person("bob:d"), person("svc-devices:local", Flag.SERVICE))
        yield broker


TAKEN = {0, 0x10}  # 0x10: and nobody hears it


def someone(broker: TestBroker, name: str, version: int = V5, *, accepted: bool = False, **rights: Any) -> RawClient:
    """A new user, accepted by bob or not, listening to their mailbox."""
    broker.apply(person(f"{name}:d", **rights), set_contact(BOB, UserId(name), accepted))
    raw = broker.client(f"{name}:d", version=version)
    assert raw.subscribe(topics.mailbox(UserId(name))) == 1
    return raw


def refused(topic: str, reason: str) -> dict[str, str]:
    return {"event": "refused", "topic": topic, "reason": reason}


@VERSIONS
@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_is_told_with_its_reason(broker: TestBroker, version: int, reason: Reason) -> None:
    name, out = f"{reason}-{version}", REFUSALS[reason]
    raw, topic = someone(broker, name, version), out.topic.replace("{me}", f"{reason}-{version}")
    code = raw.publish(topic, out.payload, retain=out.retain)
    assert code == (REFUSED if version == V5 else 0), "MQTT 3.1.1 has no other PUBACK: the event is all it gets"
    [event] = raw.got()
    assert (event.topic, event.qos) == (topics.event(UserId(name), "broker"), 1)
    assert json.loads(event.payload) == refused(topic, reason)


def test_a_device_that_is_not_valid_any_more_is_told_through_the_users_other_devices(broker: TestBroker) -> None:
    raw = someone(broker, "twice")
    broker.apply(device("twice:lost"))
    with broker.client("twice:lost") as lost:
        broker.apply(set_device(ClientId.parse("twice:lost"), None))
        assert lost.publish("xasup/v1/svc/contacts/request/twice") == REFUSED
    expected = refused("xasup/v1/svc/contacts/request/twice", Reason.DEVICE_INVALID)
    assert [json.loads(event.payload) for event in raw.got()] == [expected]


def test_refusals_are_told_once_a_second(broker: TestBroker) -> None:
    raw = someone(broker, "eager")
    begun = time.monotonic()
    codes = raw.publish_all([Out("nonsense")] * 200)
    told = len(raw.got())
    assert set(codes) == {REFUSED}
    assert 1 <= told <= 1 + (time.monotonic() - begun)


def test_a_refusal_waits_for_a_device_that_is_away(broker: TestBroker) -> None:
    broker.apply(person("sleepy:d"), device("sleepy:other"))
    with broker.client("sleepy:d", clean=False, expiry=FOREVER) as raw:
        raw.subscribe(topics.mailbox(UserId("sleepy")))
    broker.client("sleepy:other", version=V311).publish("nonsense")
    with broker.client("sleepy:d", clean=False, expiry=FOREVER) as raw:
        assert json.loads(raw.await_message().payload) == refused("nonsense", Reason.NOT_A_TOPIC)


@pytest.mark.parametrize("topic", ['a"b', "a\\b", "sp ace", "äöü/😀", "x" * 5000, "%s%n", '","reason":"ok"}'])
def test_a_foreign_topic_is_told_without_what_could_do_harm(broker: TestBroker, topic: str) -> None:
    raw = someone(broker, f"odd{abs(hash(topic)) % 10**9}")
    assert raw.publish(topic) == REFUSED
    [event] = raw.got()
    told = json.loads(event.payload)
    assert told["reason"] == Reason.NOT_A_TOPIC
    assert len(told["topic"]) < 128
    assert set(told["topic"]) <= {chr(code) for code in range(33, 127)} - {'"', "\\"}


@VERSIONS
def test_64_kib_pass_and_one_byte_more_does_not(broker: TestBroker, version: int) -> None:
    raw = someone(broker, f"large-{version}", version, accepted=True)
    bob = broker.client("bob:d", version=version)
    bob.subscribe(topics.mailbox(BOB))
    topic = f"xasup/v1/u/bob/msg/large-{version}"
    assert raw.publish(topic, bytes(MAX_PAYLOAD)) == 0
    assert raw.publish(topic, bytes(MAX_PAYLOAD + 1)) == (REFUSED if version == V5 else 0)
    assert raw.publish(topic, b"still connected") == 0
    assert [len(message.payload) for message in bob.got()] == [MAX_PAYLOAD, len(b"still connected")]
    assert [json.loads(event.payload) for event in raw.got()] == [refused(topic, Reason.TOO_LARGE)]


def test_a_service_may_send_three_times_as_much_as_people(broker: TestBroker) -> None:
    broker.apply(person("svc-history:local", Flag.SERVICE))
    service, bob = broker.client("svc-history:local"), broker.client("bob:d")
    assert service.subscribe(topics.mailbox(UserId("svc-history"))) == bob.subscribe(topics.mailbox(BOB)) == 1
    topic = topics.event(BOB, "history")
    assert service.publish(topic, bytes(MAX_SERVICE_PAYLOAD)) == 0
    assert service.publish(topic, bytes(MAX_SERVICE_PAYLOAD + 1)) == REFUSED
    assert [len(message.payload) for message in bob.got()] == [MAX_SERVICE_PAYLOAD]
    assert [json.loads(event.payload) for event in service.got()] == [refused(topic, Reason.TOO_LARGE)]


def test_a_packet_far_too_large_ends_the_connection(broker: TestBroker) -> None:
    raw = someone(broker, "abuser")
    with pytest.raises((Closed, ConnectionError)):
        raw.publish("xasup/v1/u/bob/msg/abuser", bytes(1 << 20))


@VERSIONS
def test_a_user_may_write_a_burst_and_then_at_their_rate(broker: TestBroker, version: int) -> None:
    name = f"quick-{version}"
    raw = someone(broker, name, version, accepted=True, rate=50, burst=20)
    bob = broker.client("bob:d")
    bob.subscribe(topics.mailbox(BOB))
    begun = time.monotonic()
    raw.publish_all([Out(f"xasup/v1/u/bob/msg/{name}")] * 200)
    took = time.monotonic() - begun
    passed = len(bob.got())
    assert 20 <= passed <= 20 + 50 * (took + 0.05)
    assert refused(f"xasup/v1/u/bob/msg/{name}", Reason.TOO_FAST) in [json.loads(each.payload) for each in raw.got()]
    if version == V5:
        while raw.publish(f"xasup/v1/u/bob/msg/{name}") != 0:  # the bucket fills again
            assert time.monotonic() < begun + 10


def test_all_devices_of_a_user_share_the_rate_and_others_do_not(broker: TestBroker) -> None:
    first = someone(broker, "shared", accepted=True, rate=1, burst=10)
    broker.apply(device("shared:e"))
    second, other = broker.client("shared:e"), someone(broker, "apart", accepted=True, rate=1, burst=10)
    topic = topics.message(BOB, UserId("shared"))
    answers = [each for raw in (first, second) for each in raw.publish_all([Out(topic)] * 8)]
    assert sum(each in TAKEN for each in answers) in (10, 11)
    assert set(other.publish_all([Out(topics.message(BOB, UserId("apart")))] * 10)) <= TAKEN


def test_services_are_exempt(broker: TestBroker) -> None:
    broker.apply(person("svc-contacts:local", Flag.SERVICE, rate=1, burst=1))
    service = broker.client("svc-contacts:local")
    assert set(service.publish_all([Out("xasup/v1/u/bob/event/contacts")] * 100)) <= {0, 0x10}


def test_what_is_refused_costs_no_token(broker: TestBroker) -> None:
    raw = someone(broker, "clumsy", accepted=True, rate=1, burst=2)
    assert set(raw.publish_all([Out("nonsense")] * 50)) == {REFUSED}
    assert set(raw.publish_all([Out("xasup/v1/u/bob/msg/clumsy")] * 2)) <= TAKEN


def test_the_devices_service_is_told_of_connections_but_not_of_services_and_not_of_failures(broker: TestBroker) -> None:
    service = broker.client("svc-devices:local")
    service.subscribe(topics.mailbox(UserId("svc-devices")))
    broker.apply(person("svc-groups:local", Flag.SERVICE), person("newcomer:d"))
    broker.client("svc-groups:local")
    broker.attempt("newcomer:d", secret="wrong")
    assert service.got() == []
    broker.client("newcomer:d", version=V311)
    [event] = service.got()
    assert (event.topic, event.qos) == ("xasup/v1/u/svc-devices/event/broker", 0)
    assert json.loads(event.payload) == {"event": "connected", "user": "newcomer", "device": "d"}
