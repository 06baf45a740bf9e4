"""Who gets a connection: device, token, expiry, suspension; and what becomes of those who lose the right."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.broker import FOREVER, TestBroker, device, person, token
from tests.support.raw_mqtt import REFUSED, V5, V311
from xasup.protocol import topics
from xasup.protocol.access import Reason, may_connect
from xasup.protocol.directory import Flag, MemoryDirectory, set_contact, set_device, set_user
from xasup.protocol.ids import ClientId, UserId

BOB = UserId("bob")
VERSIONS = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])
NO = {V311: 5, V5: REFUSED}
PAST = 1_000_000_000  # seconds since the epoch

PEOPLE = [
    *person("alice:d"),
    device("alice:old", PAST),
    device("alice:lasting", 4_000_000_000),
    *person("bob:d"),
    *person("locked:d", Flag.SUSPENDED),
    device("nobody:d"),
    *person("svc-contacts:local", Flag.SERVICE),
]

# client id, username, password; whether that is let in
ATTEMPTS = {
    "right": ("alice:d", "alice", token("alice:d"), True),
    "not expired yet": ("alice:lasting", "alice", token("alice:lasting"), True),
    "a service": ("svc-contacts:local", "svc-contacts", token("svc-contacts:local"), True),
    "a wrong token": ("alice:d", "alice", "wrong", False),
    "no token": ("alice:d", "alice", "", False),
    "the token's beginning": ("alice:d", "alice", token("alice:d")[:-1], False),
    "the token and more": ("alice:d", "alice", token("alice:d") + "x", False),
    "the token of another device": ("alice:d", "alice", token("alice:lasting"), False),
    "the token of another user": ("alice:d", "alice", token("bob:d"), False),
    "an expired token": ("alice:old", "alice", token("alice:old"), False),
    "a suspended user": ("locked:d", "locked", token("locked:d"), False),
    "a device without a user": ("nobody:d", "nobody", token("nobody:d"), False),
    "an unknown device": ("alice:other", "alice", token("alice:other"), False),
    "an unknown user": ("eve:d", "eve", token("eve:d"), False),
    "another's client id": ("alice:d", "bob", token("bob:d"), False),
    "another's name": ("bob:d", "alice", token("bob:d"), False),
}

# Not even client ids of ours.
FOREIGN = [
    "alice",
    "alice:",
    ":d",
    "alice:d:d",
    "alice:D",
    "Alice:d",
    "alice:d ",
    "a/b:d",
    "alice:" + "d" * 33,
    "x" * 65535,
]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("connect")) as broker:
        broker.apply(PEOPLE)
        yield broker


@VERSIONS
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_who_is_let_in(broker: TestBroker, version: int, attempt: str) -> None:
    client, username, password, good = ATTEMPTS[attempt]
    said = may_connect(ClientId.parse(client), username, password, MemoryDirectory(PEOPLE), int(time.time()))
    assert (said is Reason.OK) == good
    raw = broker.attempt(client, username=username, secret=password, version=version)
    assert raw.code == (0 if good else NO[version])


@VERSIONS
@pytest.mark.parametrize("client", FOREIGN, ids=lambda client: client[:20] or "empty")
def test_client_ids_that_are_not_devices_are_refused(broker: TestBroker, version: int, client: str) -> None:
    name = client.partition(":")[0] or "x"
    said = broker.attempt(client, username=name, secret=token("alice:d"), version=version).code
    closed = len(client) > 10_000 and said == -1  # Mosquitto since 2.0.21: a CONNECT that long is not looked at
    assert said == NO[version] or closed


@VERSIONS
def test_without_a_client_id_username_or_password_nobody_is_let_in(broker: TestBroker, version: int) -> None:
    assert broker.attempt("", username="alice", secret=token("alice:d"), version=version).code != 0
    for username, password in ((None, None), ("alice", None)):
        raw = broker.open("alice:d", username, password, version=version)
        assert raw.code == NO[version]


def test_a_token_with_a_nul_and_more_needs_the_whole_token(broker: TestBroker) -> None:
    """Mosquitto hands passwords on as C strings, so what follows a NUL is not seen; the token itself still is."""
    whole = token("alice:d").encode()
    assert broker.attempt("alice:d", secret=whole + b"\0anything").code == 0
    assert broker.attempt("alice:d", secret=whole[:-1] + b"\0" + whole[-1:]).code == REFUSED
    assert broker.attempt("alice:d", secret=b"\0" + whole).code == REFUSED


def test_a_stranger_cannot_take_over_a_session(broker: TestBroker) -> None:
    """With another's client id it would get their queue, or destroy it."""
    broker.apply(person("victim:d"), person("thief:d"), set_contact(UserId("victim"), BOB, True))
    with broker.client("victim:d", clean=False, expiry=FOREVER) as victim:
        assert victim.subscribe(topics.mailbox(UserId("victim"))) == 1
    with broker.client("bob:d") as bob:
        assert bob.publish("xasup/v1/u/victim/msg/bob", b"for the victim") == 0
    for username, password in (("thief", token("thief:d")), ("victim", token("thief:d")), ("victim", "guess")):
        raw = broker.attempt("victim:d", username=username, secret=password, clean=True)
        assert raw.code == REFUSED
    again = broker.client("victim:d", clean=False, expiry=FOREVER)
    assert again.session_present
    assert again.await_message().payload == b"for the victim"


def test_a_connection_stays_when_a_stranger_tries_its_client_id(broker: TestBroker) -> None:
    broker.apply(person("calm:d"))
    calm = broker.client("calm:d")
    assert broker.attempt("calm:d", username="calm", secret="guess").code == REFUSED
    assert calm.got() == []


@VERSIONS
@pytest.mark.parametrize("how", ["device revoked", "user suspended", "user deleted", "token expired"])
def test_who_loses_the_right_may_do_nothing_from_the_next_packet_on(broker: TestBroker, version: int, how: str) -> None:
    user = UserId(f"{how.replace(' ', '-')}-{version}")
    client, ids = f"{user}:d", ClientId.parse(f"{user}:d")
    broker.apply(person(client), person("bob:d"), set_contact(BOB, user, True), set_contact(user, BOB, True))
    raw, bob = broker.client(client, version=version), broker.client("bob:d")
    assert raw.subscribe(topics.mailbox(user)) == 1
    assert bob.subscribe(topics.mailbox(BOB)) == 1
    raw.publish(topics.message(BOB, user), b"before")
    match how:
        case "device revoked":
            broker.apply(set_device(ids, None))
        case "user suspended":
            broker.apply(person(client, Flag.SUSPENDED))
        case "user deleted":
            broker.apply(set_user(user, None))
        case "token expired":
            broker.apply(device(client, PAST))
    code = raw.publish(topics.message(BOB, user), b"after")
    assert code == (REFUSED if version == V5 else 0)
    assert raw.subscribe(topics.mailbox(user)) == (REFUSED if version == V5 else 0x80)
    assert bob.publish(topics.message(user, BOB), b"for who is gone") == 0
    assert [message.payload for message in bob.got()] == [b"before"]
    assert raw.got() == [], "still connected, but nothing is delivered"
    assert broker.attempt(client, version=version).code == NO[version]
