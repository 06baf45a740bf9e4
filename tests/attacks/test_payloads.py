"""Hostile JSON to every service and everybody who reads the log, and to the engine of a client; 64 KiB of combining
characters; words for a terminal in what is logged. (Field by field: tests/contacts/test_bad_requests.py and
tests/client/test_bad_input.py; on the screen: tests/tui_client; in tables and exports: tests/cli and
tests/contacts/admin.)"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.hostile import COMBINING, JSON, TERMINAL
from tests.support.backend import Backend
from tests.support.bare import BareBroker
from tests.support.engine import arrives, at, engines, friends, peer
from tests.support.people import Person, people, person
from xasup.protocol import codec, topics
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.ids import UserId
from xasup.protocol.inert import inert, one_line

ALICE, EVE = UserId("alice"), UserId("eve")
SERVICES = ("contacts", "groups", "devices", "history")


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[BareBroker]:
    """A Mosquitto without the plugin: here anybody may pretend to be a service."""
    async with BareBroker(tmp_path / "broker") as broker:
        yield broker


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_answers_every_hostile_request_and_goes_on(backend: Backend, service: str) -> None:
    good = {"op": "since"} if service == "history" else {"op": "list"}
    async with person(await backend.user("eve")) as eve:
        for number, payload in enumerate(JSON.values(), 1):
            await eve.send_request(service, payload)
            answer = (await eve.arrived("answer", number))[-1]
            assert (answer["ok"], answer.get("code")) in ((True, None), (False, "malformed")), payload[:60]
        assert (await eve.ask(service, **good))["ok"]
    assert terminal_bytes(backend) == b""


async def test_what_is_no_message_stops_neither_the_bridge_nor_history(backend: Backend) -> None:
    async with people(*await backend.users("eve", "bob")) as (eve, bob):
        await backend.friends(eve, bob)
        to_bob = topics.message(UserId(bob.user), UserId(eve.user))
        for payload in JSON.values():
            await eve.wire.publish(to_bob, payload)
            await eve.wire.publish(to_bob.replace("/msg/", "/receipt/"), payload)
        await eve.wire.publish(to_bob, codec.encode({"id": "good", "ts": 1, "n": 1, "text": TERMINAL}))
        while "good" not in [id for stored in eve.events("stored") for id in stored["ids"]]:
            await eve.arrived("stored", len(eve.events("stored")) + 1)
        assert any('"good"' in payload for payload in await past(bob))
    assert terminal_bytes(backend) == b""


async def past(someone: Person) -> list[str]:
    """The payloads that history has for them, as text."""
    found: list[str] = []
    page: dict[str, Any] = {"more": True}
    while page["more"]:
        page = await someone.ask("history", op="since", **({"position": page["position"]} if found else {}))
        assert page["ok"], page
        found += [entry.get("payload", "") for entry in page["entries"]]
    return found


def terminal_bytes(backend: Backend) -> bytes:
    """What in the logs would move a cursor, or turn text around."""
    logs = b"".join(path.read_bytes() for path in backend.settings.logs.iterdir())
    return harmful(logs)


def harmful(data: bytes) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    return "".join(char for char in text if inert(char) != char).encode("utf-8", "surrogateescape")


def test_the_look_at_logs_finds_what_is_harmful() -> None:
    """The negative control."""
    assert harmful(TERMINAL.encode())
    assert harmful(one_line(TERMINAL).encode()) == b""


EVENTS = [f"event/{name}" for name in (*SERVICES, "bridge", "broker", "none")]


@pytest.mark.parametrize("place", ["msg/eve", "receipt/eve", "typing/eve", *EVENTS])
async def test_an_engine_outlives_whatever_comes(bare: BareBroker, tmp_path: Path, place: str) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "eve") as eve:
        for payload in JSON.values():
            await eve.wire.publish(f"xasup/v1/u/alice/{place}", payload)
        await eve.wire.publish(topics.message(ALICE, EVE), codec.encode({"id": "g", "ts": 1, "n": 1, "text": "good"}))
        assert (await alice.receives("good")).sender == EVE
        id = await alice.client.send(EVE, "and it writes")
        assert codec.decode(await arrives(eve, topics.message(EVE, ALICE)))["id"] == id


async def test_64_kib_of_combining_characters_are_a_message(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        begun = time.monotonic()
        assert len(COMBINING.encode()) > MAX_PAYLOAD - 10_000
        await alice.client.send(bob.user, COMBINING)
        assert (await bob.receives(COMBINING)).text == COMBINING
        await alice.client.send(bob.user, "the next")
        await bob.receives("the next")
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("show", [inert, one_line])
def test_making_64_kib_of_them_inert_takes_no_time(show: Callable[[str], str]) -> None:
    begun = time.process_time()
    assert show(COMBINING)[0] == "a"
    assert time.process_time() - begun < 0.5
