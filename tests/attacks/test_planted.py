"""What is left behind to act later: wills and retained messages in others' mailboxes, and wills of devices that were
revoked meanwhile. (Wills and a revoked contact: tests/broker/test_live.py; `retain`: tests/broker/table.py.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import TestBroker, device, person
from tests.support.raw_mqtt import REFUSED, V5, V311, Out
from xasup.protocol import topics
from xasup.protocol.directory import Edit, Flag, Role, UserRecord, set_contact, set_device, set_member, set_user
from xasup.protocol.ids import ClientId, GroupId, UserId

ALICE, BOB, EVE, HIKERS = UserId("alice"), UserId("bob"), UserId("eve"), GroupId("hikers")
VERSIONS = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])

# Where eve may not leave anything: alice does not accept her, bob does.
PLACES = {
    "another's mailbox": topics.message(ALICE, EVE),
    "in another's name": topics.message(ALICE, BOB),
    "another's presence": topics.presence(ALICE),
    "a service's event": topics.event(ALICE, "contacts"),
    "the broker's own word": topics.event(ALICE, "broker"),
    "a group": topics.group_message(HIKERS, EVE),
    "another's request": topics.request("contacts", ALICE),
    "$SYS": "$SYS/broker/publish/messages/dropped",
    "$CONTROL": "$CONTROL/dynamic-security/v1",
}
RETAINED = {
    **PLACES,
    "the mailbox of who accepts": topics.message(BOB, EVE),
    "one's own request": topics.request("contacts", EVE),
}

LAST = Out(topics.message(ALICE, BOB), b"the last")  # a will that comes: those before it have been asked about


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("planted")) as broker:
        found(broker)
        yield broker


def found(broker: TestBroker) -> None:
    broker.apply(*(person(f"{user}:d") for user in (ALICE, BOB, EVE)), device("eve:e"))
    broker.apply(person("svc-contacts:d", Flag.SERVICE), set_contact(BOB, EVE, True))
    broker.apply(set_contact(ALICE, BOB, True), set_member(HIKERS, ALICE, Role.OWNER))


def heard(broker: TestBroker) -> list[str]:
    """What all who could be concerned find when they subscribe now."""
    topics_heard = []
    for client, filters in {
        "alice:d": [topics.mailbox(ALICE), topics.presence(ALICE), topics.group_mailbox(HIKERS)],
        "bob:d": [topics.mailbox(BOB), topics.presence(ALICE)],
        "svc-contacts:d": [topics.requests("contacts")],
    }.items():
        with broker.client(client) as raw:
            assert raw.subscribe_all(filters) == [1] * len(filters)
            topics_heard += [message.topic for message in raw.got()]
    return topics_heard


@VERSIONS
@pytest.mark.parametrize("place", RETAINED)
def test_nothing_is_left_for_who_comes_later(broker: TestBroker, version: int, place: str) -> None:
    with broker.client("eve:d", version=version) as eve:
        assert eve.publish(RETAINED[place], b"planted", retain=True) == (REFUSED if version == V5 else 0)
    assert heard(broker) == []


@VERSIONS
@pytest.mark.parametrize("retain", [False, True], ids=["", "retained"])
@pytest.mark.parametrize("place", PLACES)
def test_a_will_to_where_one_may_not_write_is_never_sent(
    broker: TestBroker, version: int, retain: bool, place: str
) -> None:
    with broker.client("alice:d") as alice:
        assert alice.subscribe_all([topics.mailbox(ALICE), topics.group_mailbox(HIKERS)]) == [1, 1]
        broker.client("eve:d", version=version, will=Out(PLACES[place], b"planted", retain=retain)).vanish()
        broker.client("bob:d", will=LAST).vanish()
        assert alice.await_message().payload == LAST.payload
    assert heard(broker) == []


@VERSIONS
@pytest.mark.parametrize("revoked", [True, False])
def test_a_device_that_was_revoked_sends_no_will(broker: TestBroker, version: int, revoked: bool) -> None:
    """Where it was not, the will comes: the check can fail."""
    broker.apply(device("bob:lost"))
    with broker.client("alice:d") as alice:
        assert alice.subscribe(topics.mailbox(ALICE)) == 1
        lost = broker.client("bob:lost", version=version, will=Out(topics.message(ALICE, BOB), b"planted"))
        broker.apply(set_device(ClientId.parse("bob:lost"), None) if revoked else [])
        lost.vanish()
        broker.client("bob:d", will=LAST).vanish()
        assert alice.await_message().payload == (LAST.payload if revoked else b"planted")


# How bob, or a device of his, loses the right to write to alice or to hikers, and gets it back.
LOSSES: dict[str, tuple[list[Edit], list[Edit]]] = {
    "the device revoked": ([set_device(ClientId.parse("bob:lost"), None)], [device("bob:lost")]),
    "its token expired": ([device("bob:lost", expires=1)], [device("bob:lost")]),
    "the user suspended": (
        [set_user(BOB, UserRecord(Flag.SUSPENDED, 0, 0))],
        [set_user(BOB, UserRecord(Flag(0), 0, 0))],
    ),
    "the user deleted": ([set_user(BOB, None)], [set_user(BOB, UserRecord(Flag(0), 0, 0))]),
    "the contact revoked": ([set_contact(ALICE, BOB, False)], [set_contact(ALICE, BOB, True)]),
    "put out of the group": ([set_member(HIKERS, BOB, None)], [set_member(HIKERS, BOB, Role.MEMBER)]),
    "nothing": ([], []),  # the control: here the will comes
}


@pytest.mark.parametrize("retain", [False, True], ids=["", "retained"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_will_that_waits_needs_the_right_when_it_is_sent(broker: TestBroker, loss: str, retain: bool) -> None:
    """MQTT 5 lets a will wait (Will Delay Interval) after its connection has ended: the right is lost while it waits.
    They are sent in the order of their times: eve's, which waits longer, comes when bob's was asked about.

    Retained ones have a second defence, the plugin's `no-retain`: without `valid` alone they stay green. With both
    taken out, the retained case of a revoked device is red, and that of nothing lost stays green."""
    lose, regain = LOSSES[loss]
    topic = topics.group_message(HIKERS, BOB) if "group" in loss else topics.message(ALICE, BOB)
    broker.apply(device("bob:lost"), set_member(HIKERS, BOB, Role.MEMBER), person("eve:fence"))
    broker.apply(set_contact(ALICE, EVE, True))
    fence = Out(topics.message(ALICE, EVE), b"the fence", delay=2)
    try:
        with broker.client("alice:d") as alice:
            assert alice.subscribe_all([topics.mailbox(ALICE), topics.group_mailbox(HIKERS)]) == [1, 1]
            will = Out(topic, b"planted", retain=retain and bool(lose), delay=1)
            broker.client("bob:lost", expiry=60, will=will).vanish()
            broker.apply(lose)
            broker.client("eve:fence", expiry=60, will=fence).vanish()
            assert alice.await_message().payload == (fence.payload if lose else b"planted")
    finally:
        broker.apply(regain, set_contact(ALICE, EVE, False), set_member(HIKERS, BOB, None))
    assert heard(broker) == []


def test_a_broker_that_says_yes_lets_it_be_planted(tmp_path: Path, always_yes: Path) -> None:
    """The negative control."""
    with TestBroker(tmp_path, plugin=always_yes) as broker:
        found(broker)
        with broker.client("eve:d") as eve:
            eve.publish(PLACES["another's mailbox"], b"planted", retain=True)
        broker.client("eve:e", will=Out(PLACES["a service's event"], b"planted", retain=True)).vanish()
        assert set(heard(broker)) >= {PLACES["another's mailbox"]}
