"""What strangers may send: every bad request gets an answer that says what is wrong, over the real broker."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.backend import Backend
from tests.support.people import Person, people, person
from xasup.protocol import codec, topics
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.errors import Refused
from xasup.protocol.ids import UserId


@pytest.fixture
async def alice(backend: Backend) -> AsyncIterator[Person]:
    async with person(await backend.user("alice")) as alice:
        yield alice


def bad(**fields: Any) -> bytes:
    return codec.encode({"id": "x1", "op": "ask", "user": "bob"} | fields)


def without(field: str) -> bytes:
    whole: dict[str, Any] = {"id": "x1", "op": "ask", "user": "bob"}
    return codec.encode({name: value for name, value in whole.items() if name != field})


NAMES = {
    "capitals": "Alice",
    "a space": "al ice",
    "a plus": "al+ice",
    "a hash": "#",
    "a slash": "al/ice",
    "a NUL": "alice\0",
    "33 characters": "a" * 33,
    "nothing": "",
    "a homoglyph": "аlice",  # the first letter is Cyrillic
    "full width": "ａlice",
    "a newline": "alice\n",
    "a dash first": "-alice",
}

MALFORMED = {
    "not JSON": (b"hello", None, "JSON"),
    "empty": (b"", None, "JSON"),
    "half of it": (b'{"id":"x1","op":"ask"', None, "JSON"),
    "not UTF-8": (b'{"id":"x1","op":"ask","user":"\xff\xfe"}', None, "JSON"),
    "a lone surrogate": (b'{"id":"x1","op":"ask","user":"bob","greeting":"\\ud800"}', None, "JSON"),
    "not a number": (b'{"id":"x1","op":"list","limit":NaN}', None, "JSON"),
    "deeply nested": (b"[" * 60_000, None, "JSON"),
    "a list": (b"[]", None, "object"),
    "a string": (b'"ask"', None, "object"),
    "null": (b"null", None, "object"),
    "no id": (without("id"), None, "id"),
    "an id of the wrong type": (bad(id=17), None, "id"),
    "an id with a space": (bad(id="x 1"), None, "id"),
    "an id that is too long": (bad(id="x" * 65), None, "id"),
    "an empty id": (bad(id=""), None, "id"),
    "no op": (without("op"), "x1", "op"),
    "an unknown op": (bad(op="befriend"), "x1", "op"),
    "an op of the wrong type": (bad(op=["ask"]), "x1", "op"),
    "an op of another service": (bad(op="link"), "x1", "op"),
    "no user": (without("user"), "x1", "user"),
    "a user of the wrong type": (bad(user=7), "x1", "user"),
    "a user that is a list": (bad(user=["bob"]), "x1", "user"),
    "a user that is null": (bad(user=None), "x1", "user"),
    "a misspelled field": (bad(usr="bob"), "x1", "usr"),
    "somebody else's name in a field": (bad(**{"from": "mallory"}), "x1", "from"),
    "a long greeting": (bad(greeting="x" * 501), "x1", "greeting"),
    "a greeting of the wrong type": (bad(greeting=1), "x1", "greeting"),
    "a number in quotes": (codec.encode({"id": "x1", "op": "list", "limit": "10"}), "x1", "limit"),
    "too long a page": (bad(op="list", limit=501), "x1", "limit"),
    "a page of nothing": (codec.encode({"id": "x1", "op": "list", "limit": 0}), "x1", "limit"),
    "a cursor of somebody's own": (codec.encode({"id": "x1", "op": "list", "after": "; DROP TABLE"}), "x1", "after"),
    "a huge cursor": (codec.encode({"id": "x1", "op": "list", "after": str(1 << 64)}), "x1", "after"),
} | {f"a user id with {what}": (bad(user=name), "x1", "user") for what, name in NAMES.items()}


@pytest.mark.parametrize(("payload", "id", "names"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_request_is_answered_with_what_is_wrong(
    alice: Person, payload: bytes, id: str | None, names: str
) -> None:
    await alice.send_request("contacts", payload)
    answer = await alice.answer(id)
    assert (answer["ok"], answer["code"]) == (False, "malformed")
    assert re.search(rf"\b{names}\b", answer["reason"]), answer["reason"]
    assert (await alice.ask("contacts", op="list"))["ok"]


@pytest.mark.parametrize(
    ("service", "fields", "names"),
    [
        ("groups", {"op": "create", "group": "Hikers"}, "group"),
        ("groups", {"op": "create", "group": "h", "name": ""}, "name"),
        ("groups", {"op": "create", "group": "h", "name": "x" * 129}, "name"),
        ("groups", {"op": "create", "group": "h", "members": ["Bob"]}, "Bob"),
        ("groups", {"op": "create", "group": "h", "members": [f"u{n}" for n in range(101)]}, "members"),
        ("groups", {"op": "rename", "group": "h"}, "name"),
        ("groups", {"op": "ask", "user": "bob"}, "op"),
        ("devices", {"op": "link", "device": "phone", "token_sha256": "short"}, "token_sha256"),
        ("devices", {"op": "link", "device": "my phone", "token_sha256": "0" * 64}, "device"),
        ("devices", {"op": "link", "device": "p", "token_sha256": "0" * 64, "expires": -1}, "expires"),
        ("devices", {"op": "link", "device": "p", "token_sha256": "0" * 64, "expires": 1}, "expires"),
        ("devices", {"op": "link", "device": "p", "token_sha256": "0" * 64, "expires": "never"}, "expires"),
        ("devices", {"op": "link", "device": "p", "token_sha256": "0" * 64, "code": "yes"}, "code"),
        ("devices", {"op": "revoke"}, "device"),
    ],
)
async def test_the_other_services_do_the_same(alice: Person, service: str, fields: dict[str, Any], names: str) -> None:
    answer = await alice.ask(service, **fields)
    assert (answer["ok"], answer["code"]) == (False, "malformed")
    assert names in answer["reason"]


async def test_a_payload_over_64_kib_is_refused_by_the_broker_and_the_service_goes_on(alice: Person) -> None:
    with pytest.raises(Refused):
        await alice.send_request("contacts", b" " * (MAX_PAYLOAD + 1))
    assert (await alice.event("refused"))["reason"] == "too-large"
    await alice.send_request("contacts", b" " * MAX_PAYLOAD)
    assert (await alice.answer(None))["code"] == "malformed"


async def test_a_request_for_somebody_else_is_refused_by_the_broker(backend: Backend, alice: Person) -> None:
    async with person(await backend.user("bob")) as bob:
        with pytest.raises(Refused):
            topic = topics.request("contacts", UserId(bob.user))
            await alice.wire.publish(topic, bad(user=alice.user))
        assert (await bob.ask("contacts", op="list"))["contacts"] == []
        assert bob.events("answer") == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"op": "ask", "user": "nobody-here"}, "unknown-user"),
        ({"op": "accept", "user": "{bob}"}, "not-asked"),
        ({"op": "deny", "user": "{bob}"}, "not-asked"),
        ({"op": "revoke", "user": "{bob}"}, "not-contacts"),
        ({"op": "unblock", "user": "{bob}"}, "not-blocked"),
        ({"op": "ask", "user": "{alice}"}, "not-yourself"),
        ({"op": "ask", "user": "svc-contacts"}, "unknown-user"),
    ],
)
async def test_a_request_against_the_rules(backend: Backend, fields: dict[str, str], code: str) -> None:
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        fields = fields | {"user": fields["user"].format(alice=alice.user, bob=bob.user)}
        answer = await alice.ask("contacts", **fields)
        assert (answer["ok"], answer["code"], answer["op"]) == (False, code, fields["op"])
        assert answer["reason"]


@pytest.mark.parametrize("op", ["join", "leave", "members", "rename"])
async def test_a_group_of_nobody(alice: Person, op: str) -> None:
    fields = {"name": "Nobody's"} if op == "rename" else {}
    assert (await alice.ask("groups", op=op, group="of-nobody", **fields))["code"] == "unknown-group"


async def test_the_last_owner_does_not_leave(backend: Backend) -> None:
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        group = backend.name("hikers")
        await backend.friends(alice, bob)
        await alice.ask("groups", op="create", group=group, members=[bob.user])
        await bob.ask("groups", op="join", group=group)
        assert (await alice.ask("groups", op="leave", group=group))["code"] == "last-owner"
        assert (await alice.ask("groups", op="hand-over", group=group, user=bob.user))["ok"]
        assert (await alice.ask("groups", op="leave", group=group))["ok"]


async def test_an_id_used_twice(backend: Backend) -> None:
    async with people(*await backend.users("alice", "bob", "carol")) as (alice, bob, carol):
        first = await alice.ask("contacts", id="once", op="ask", user=bob.user)
        assert await alice.ask("contacts", id="once", op="ask", user=bob.user) == first
        again = await alice.ask("contacts", id="once", op="ask", user=carol.user)
        assert (again["ok"], again["code"]) == (False, "conflict")
        await alice.ask("contacts", op="ask", user=carol.user, greeting="the first that you see")
        assert (await carol.event("contact"))["greeting"] == "the first that you see"
        assert len(await bob.arrived("contact", 1)) == 1


async def test_control_characters_in_names_and_greetings_arrive_as_they_were(backend: Backend) -> None:
    nasty = "\x1b[2J\x07\x00\u202e"
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        await alice.ask("contacts", op="ask", user=bob.user, greeting=nasty)
        assert (await bob.event("contact"))["greeting"] == nasty
        answer = await alice.ask("groups", op="create", group=backend.name("g"), name=nasty)
        assert answer["name"] == nasty
