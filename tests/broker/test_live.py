"""Rights that change while people are connected: revocation, groups, wills, presence, the kick."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tests.support.broker import FOREVER, TestBroker, device, person
from tests.support.raw_mqtt import REFUSED, V5, V311, Closed, Out, RawClient
from xasup.protocol import codec, events, topics
from xasup.protocol.access import DROPPED
from xasup.protocol.directory import Flag, Role, UserRecord, set_contact, set_device, set_member, set_user
from xasup.protocol.ids import ClientId, GroupId, UserId
from xasup.protocol.streams import ROUTES

ADMINISTRATIVE = 0x98  # reason of a DISCONNECT
VERSIONS = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])
SERVICE = UserId("svc-devices")
MIRRORED = [route.filter for route in ROUTES.values()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("live")) as broker:
        broker.apply(person("svc-devices:local", Flag.SERVICE))
        yield broker


@dataclass(frozen=True)
class Town:
    """alice and bob of one test, who have not accepted each other, with two devices each: `d` and `e`."""

    broker: TestBroker
    alice: UserId
    bob: UserId
    hikers: GroupId

    @property
    def to_bob(self) -> str:
        return topics.message(self.bob, self.alice)

    @property
    def to_alice(self) -> str:
        return topics.message(self.alice, self.bob)

    def bob_accepts(self, accepted: bool = True) -> None:
        self.broker.apply(set_contact(self.bob, self.alice, accepted))

    def alice_accepts(self, accepted: bool = True) -> None:
        self.broker.apply(set_contact(self.alice, self.bob, accepted))

    def client(self, user: UserId, device: str = "d", **more: Any) -> RawClient:
        return self.broker.client(f"{user}:{device}", **more)

    def listening(self, user: UserId, *filters: str, device: str = "d", version: int = V5) -> RawClient:
        raw = self.client(user, device, version=version)
        assert raw.subscribe_all(filters) == [1] * len(filters)
        return raw

    def put_out(self, user: UserId, service: RawClient | None = None) -> None:
        raw = service or self.broker.client("svc-devices:local")
        payload = codec.encode(events.disconnect(f"{user}:d"))
        assert raw.publish(topics.request("broker", SERVICE), payload) in (0, 0x10)


_numbers = count()  # nobody is met twice


@pytest.fixture
def town(running: TestBroker) -> Town:
    number = next(_numbers)
    alice, bob = UserId(f"alice{number}"), UserId(f"bob{number}")
    for user in (alice, bob):
        running.apply(person(f"{user}:d"), device(f"{user}:e"))
    return Town(running, alice, bob, GroupId(f"hikers{number}"))


def payloads(raw: RawClient) -> list[bytes]:
    return [message.payload for message in raw.got() if not message.topic.endswith("/event/broker")]


@VERSIONS
def test_grant_and_revocation_hold_from_the_next_packet_on(town: Town, version: int) -> None:
    alice, bob = town.client(town.alice, version=version), town.listening(town.bob, topics.mailbox(town.bob))
    expected = []
    for turn in range(25):
        town.bob_accepts()
        assert alice.publish(town.to_bob, b"yes %d" % turn) == 0
        expected.append(b"yes %d" % turn)
        town.bob_accepts(False)
        assert alice.publish(town.to_bob, b"no %d" % turn) == (REFUSED if version == V5 else 0)
    assert payloads(bob) == expected


def test_a_revocation_disconnects_nobody(town: Town) -> None:
    town.bob_accepts()
    town.alice_accepts()
    alice = town.listening(town.alice, topics.mailbox(town.alice))
    bob = town.listening(town.bob, topics.mailbox(town.bob))
    town.bob_accepts(False)
    town.alice_accepts(False)
    assert (alice.publish(town.to_bob), bob.publish(town.to_alice)) == (REFUSED, REFUSED)
    assert len(alice.got()) == len(bob.got()) == 1, "the refusals, on connections that stand"


@VERSIONS
def test_what_was_accepted_while_allowed_is_delivered_after_the_revocation(town: Town, version: int) -> None:
    lasting: dict[str, Any] = {"clean": False, "version": version, "expiry": FOREVER if version == V5 else 0}
    with town.client(town.bob, **lasting) as bob:
        assert bob.subscribe(topics.mailbox(town.bob)) == 1
    town.bob_accepts()
    assert town.client(town.alice).publish(town.to_bob, b"written in time") == 0
    town.bob_accepts(False)
    with town.client(town.bob, **lasting) as bob:
        assert bob.await_message().payload == b"written in time"


def test_messages_survive_a_restart_of_the_broker(town: Town) -> None:
    with town.client(town.bob, clean=False, expiry=FOREVER) as bob:
        assert bob.subscribe(topics.mailbox(town.bob)) == 1
    town.bob_accepts()
    assert town.client(town.alice).publish(town.to_bob, b"kept") == 0
    assert town.broker.stop() == 0
    town.broker.start()
    with town.client(town.bob, clean=False, expiry=FOREVER) as bob:
        assert (bob.session_present, bob.await_message().payload) == (True, b"kept")


def test_who_leaves_a_group_neither_writes_nor_reads_from_then_on(town: Town) -> None:
    town.broker.apply([set_member(town.hikers, user, Role.MEMBER) for user in (town.alice, town.bob)])
    mailbox, topic = topics.group_mailbox(town.hikers), topics.group_message(town.hikers, town.alice)
    alice, bob = town.listening(town.alice, mailbox), town.listening(town.bob, mailbox)
    assert alice.publish(topic, b"all") == 0
    town.broker.apply(set_member(town.hikers, town.bob, None))
    assert alice.publish(topic, b"without bob") == 0
    assert bob.publish(topics.group_message(town.hikers, town.bob), b"from outside") == REFUSED
    assert (payloads(alice), payloads(bob)) == ([b"all", b"without bob"], [b"all"])
    town.broker.apply(set_member(town.hikers, town.bob, Role.MEMBER))
    assert alice.publish(topic, b"again") == 0
    assert payloads(bob) == [b"again"], "the subscription was never taken away"


def test_a_message_to_a_group_is_checked_for_each_member(town: Town) -> None:
    members = [UserId(f"{town.alice}-{number}") for number in range(60)]
    town.broker.apply(*[person(f"{user}:d") for user in members])
    town.broker.apply([set_member(town.hikers, user, Role.MEMBER) for user in members])
    raws = {user: town.listening(user, topics.group_mailbox(town.hikers)) for user in members}
    out = set(members[::3])
    town.broker.apply([set_member(town.hikers, user, None) for user in out])
    assert raws[members[1]].publish(topics.group_message(town.hikers, members[1]), b"hello") == 0
    assert {user for user, raw in raws.items() if payloads(raw)} == set(members) - out


def test_the_bridge_gets_what_is_kept_and_nothing_else(town: Town) -> None:
    town.broker.apply(person("svc-bridge:local", Flag.SERVICE), person("svc-groups:local", Flag.SERVICE))
    town.broker.apply(set_member(town.hikers, town.alice, Role.MEMBER))
    town.bob_accepts()
    bridge = town.listening(UserId("svc-bridge"), *MIRRORED, DROPPED, device="local")
    kept = [town.to_bob, topics.receipt(town.bob, town.alice), topics.group_message(town.hikers, town.alice)]
    others = [topics.typing(town.bob, town.alice), topics.request("groups", town.alice), topics.presence(town.alice)]
    assert set(town.client(town.alice).publish_all([Out(topic) for topic in (*kept, *others)])) <= {0, 0x10}
    event, news = topics.event(town.alice, "groups"), topics.group_event(town.hikers, "groups")
    town.broker.client("svc-groups:local").publish_all([Out(event), Out(news)])
    assert [message.topic for message in bridge.got()] == [DROPPED, *kept, event]


def test_a_bridge_without_the_flag_is_cut_off_from_the_next_packet_on(town: Town) -> None:
    bridge = person("svc-bridge:local", Flag.SERVICE)
    town.broker.apply(bridge)
    town.bob_accepts()
    raw, alice = town.listening(UserId("svc-bridge"), *MIRRORED, device="local"), town.client(town.alice)
    assert alice.publish(town.to_bob, b"mirrored") == 0
    assert payloads(raw) == [b"mirrored"]
    town.broker.apply(person("svc-bridge:local"))
    alice.publish(town.to_bob, b"not mirrored")
    assert payloads(raw) == []
    assert raw.subscribe_all([*MIRRORED, DROPPED]) == [REFUSED] * (len(MIRRORED) + 1)


def test_ones_other_devices_see_what_one_sends(town: Town) -> None:
    town.bob_accepts()
    own = topics.own(topics.Kind.MESSAGE, town.alice)
    other, alice = town.listening(town.alice, own, device="e"), town.client(town.alice)
    assert alice.subscribe(own, options=4) == 1, "no local"
    assert alice.publish(town.to_bob, b"from my first device") == 0
    assert (payloads(alice), payloads(other)) == ([], [b"from my first device"])


def test_presence_is_kept_and_shown_to_contacts_alone(town: Town) -> None:
    online, presence = codec.encode(events.presence(True, "d", 1)), topics.presence(town.bob)
    assert town.client(town.bob).publish(presence, online, retain=True) == 0x10
    town.bob_accepts()
    alice = town.listening(town.alice, presence)
    [shown] = alice.got()
    assert (shown.payload, shown.retain) == (online, True)
    town.bob_accepts(False)
    assert town.client(town.bob, "e").publish(presence, b"later", retain=True) == 0
    assert alice.got() == [], "the subscription stands, but nothing is delivered through it"
    assert alice.subscribe(presence) == REFUSED


def test_reading_presence_costs_its_writer_nothing(town: Town) -> None:
    """Mosquitto can be told to ask for the writer's right at each delivery; that would use up the writer's tokens."""
    town.broker.apply(set_user(town.bob, UserRecord(rate=1, burst=3)))
    town.bob_accepts()
    bob = town.listening(town.bob, topics.mailbox(town.bob))
    bob.publish(topics.presence(town.bob), b"online", retain=True)
    for _ in range(10):
        with town.listening(town.alice, topics.presence(town.bob)) as alice:
            assert payloads(alice) == [b"online"]
    assert bob.publish_all([Out(topics.request("contacts", town.bob))] * 2) == [0x10, 0x10]
    assert [message.payload for message in bob.got()] == [b"online"]


@VERSIONS
def test_a_will_is_sent_while_it_is_allowed(town: Town, version: int) -> None:
    town.bob_accepts()
    bob = town.listening(town.bob, topics.mailbox(town.bob))
    town.client(town.alice, version=version, will=Out(town.to_bob, b"last words")).vanish()
    assert bob.await_message().payload == b"last words"


@VERSIONS
@pytest.mark.parametrize(
    "topic",
    [
        "xasup/v1/u/{bob}/msg/{alice}",
        "xasup/v1/u/{bob}/msg/{bob}",
        "xasup/v1/u/{bob}/event/contacts",
        "nonsense",
    ],
)
def test_a_forbidden_will_is_taken_but_never_sent(town: Town, version: int, topic: str) -> None:
    """Mosquitto asks only when it fires: one that was allowed at first is refused after the revocation."""
    town.bob_accepts()
    topic = topic.format(alice=town.alice, bob=town.bob)
    bob = town.listening(town.bob, topics.mailbox(town.bob))
    other = town.listening(town.alice, topics.mailbox(town.alice), device="e")
    alice = town.client(town.alice, version=version, will=Out(topic, b"forbidden"))
    town.bob_accepts(False)
    alice.vanish()
    told = json.loads(other.await_message().payload)  # the fence: the will was asked about
    assert (told["event"], told["topic"]) == ("refused", topic)
    assert bob.got() == []


def test_a_service_ends_a_connection(town: Town) -> None:
    alice, bob = town.client(town.alice, version=V5), town.client(town.bob, version=V311)
    town.put_out(town.alice)
    town.put_out(town.bob)
    assert alice.await_end() == ADMINISTRATIVE
    assert bob.await_end() is None, "MQTT 3.1.1 has no reason"
    assert town.client(town.alice).got() == [], "who still has the right may come again"


def test_the_one_who_is_put_out_goes_with_a_will(town: Town) -> None:
    town.bob_accepts()
    bob = town.listening(town.bob, topics.mailbox(town.bob))
    town.client(town.alice, will=Out(town.to_bob, b"offline"))
    town.put_out(town.alice)
    assert bob.await_message().payload == b"offline"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"not json",
        b"\0\xff" * 500,
        b'{"op":"disconnect"}',
        b'{"op":"disconnect","client":""}',
        b'{"op":"disconnect","client":"nobody:d"}',
        b'{"op":"disconnect","client":"svc-devices:local"}',
        b'{"op":"disconnect","client":"' + b"a" * 500 + b'"}',
        b'{"op":"other","client":"{alice}:d"}',
        b'{"op":"disconnect","client":"{alice}:dd"}',
        b'{"op":"disconnect","client":"{alice}"}',
    ],
)
def test_other_words_to_the_broker_end_no_connection(town: Town, payload: bytes) -> None:
    alice, service = town.client(town.alice), town.broker.client("svc-devices:local")
    payload = payload.replace(b"{alice}", town.alice.encode())
    assert service.publish(topics.request("broker", SERVICE), payload) == 0x10
    assert (alice.got(), service.got()) == ([], [])


def test_people_end_no_connection(town: Town) -> None:
    alice, bob = town.client(town.alice), town.client(town.bob)
    payload = codec.encode(events.disconnect(f"{town.alice}:d"))
    assert bob.publish(topics.request("broker", town.bob), payload) == 0x10, "anybody may ask a service"
    assert bob.publish(topics.request("broker", SERVICE), payload) == REFUSED
    assert alice.got() == []


def test_putting_out_a_device_that_is_away_leaves_its_session_alone(town: Town) -> None:
    lasting: dict[str, Any] = {"clean": False, "expiry": FOREVER}
    with town.client(town.alice, **lasting) as alice:
        alice.subscribe(topics.mailbox(town.alice))
    town.put_out(town.alice)
    town.broker.stop()
    town.broker.start()
    town.put_out(town.alice)
    town.put_out(town.alice)
    with town.client(town.alice, **lasting) as alice:
        assert alice.session_present


@pytest.mark.parametrize("topic", ["xasup/v1/u/+/msg/{alice}", "xasup/v1/u/{bob}/#", "xasup/v1/u/{bob}/msg/ali\x01ce"])
def test_a_publish_to_many_ends_the_connection_and_arrives_nowhere(town: Town, topic: str) -> None:
    town.bob_accepts()
    alice, bob = town.client(town.alice), town.listening(town.bob, topics.mailbox(town.bob))
    with pytest.raises(Closed):
        alice.publish(topic.format(alice=town.alice, bob=town.bob))
    assert bob.got() == []


def test_a_revoked_device_is_out_at_once_and_for_good(town: Town) -> None:
    town.bob_accepts()
    alice = town.client(town.alice)
    town.broker.apply(set_device(ClientId.parse(f"{town.alice}:d"), None))
    assert alice.publish(town.to_bob) == REFUSED
    town.put_out(town.alice)
    assert alice.await_end() == ADMINISTRATIVE
    assert town.broker.attempt(f"{town.alice}:d").code == REFUSED
