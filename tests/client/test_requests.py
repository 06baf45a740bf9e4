"""Requests to services: answered, refused, written down, offered again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.backend import Person
from tests.support.bare import BareBroker
from tests.support.engine import arrives, at, engine, engines, peer
from xasup.client import ConnectionChanged, Link, RequestAnswered
from xasup.client.habits import Habits
from xasup.protocol import codec, events, topics
from xasup.protocol.errors import Code, Malformed, Refused, Unavailable, XasupError
from xasup.protocol.ids import UserId
from xasup.wire.mqtt import Subscription

ALICE = UserId("alice")
IMPATIENT = Habits(patience=0.3)


async def asked(service: Person, op: str) -> dict[str, Any]:
    """The next request of this kind from alice."""
    while True:
        payload: dict[str, Any] = codec.decode(await arrives(service, topics.request("contacts", ALICE)))
        if payload["op"] == op:
            return payload


async def answer(service: Person, payload: events.Payload) -> None:
    await service.wire.publish(topics.event(ALICE, "contacts"), codec.encode(payload))


async def serving(service: Person) -> None:
    assert await service.wire.subscribe([Subscription(topics.requests("contacts"))]) == [None]


async def test_an_answer(bare: BareBroker, tmp_path: Path) -> None:
    async with peer(bare, "svc-contacts") as service, engines(tmp_path, at(bare, "alice")) as [alice]:
        await serving(service)
        asking = asyncio.create_task(alice.client.ask("bob", "hello"))
        request = await asked(service, "ask")
        assert request.items() >= {"user": "bob", "greeting": "hello"}.items()
        await answer(service, events.answer(request["id"], "ask"))
        await asking
        await answer(service, events.answer(request["id"], "ask"))  # repeated news is no news to the caller
        assert (await alice.hears(RequestAnswered)).id == request["id"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refused("bob has not asked you", Code.NOT_ASKED), Refused),
        (Malformed("id: used for another request", Code.CONFLICT), Malformed),
        (Unavailable("the store of contacts is away"), Unavailable),
    ],
)
async def test_a_no_with_its_code(bare: BareBroker, tmp_path: Path, error: XasupError, kind: type[XasupError]) -> None:
    async with peer(bare, "svc-contacts") as service, engines(tmp_path, at(bare, "alice")) as [alice]:
        await serving(service)
        asking = asyncio.create_task(alice.client.accept("bob"))
        request = await asked(service, "accept")
        await answer(service, events.refusal(request["id"], error, "accept"))
        with pytest.raises(kind, match=str(error)) as raised:
            await asking
        assert raised.value.code is error.code


async def test_a_code_of_a_later_version(bare: BareBroker, tmp_path: Path) -> None:
    async with peer(bare, "svc-contacts") as service, engines(tmp_path, at(bare, "alice")) as [alice]:
        await serving(service)
        asking = asyncio.create_task(alice.client.accept("bob"))
        request = await asked(service, "accept")
        fields = {"event": "answer", "id": request["id"], "op": "accept", "ok": False, "code": "moon", "reason": "full"}
        await answer(service, fields)
        with pytest.raises(Refused, match="full"):
            await asking


async def test_without_an_answer_it_is_offered_again_under_the_same_id(bare: BareBroker, tmp_path: Path) -> None:
    file = tmp_path / "alice.sqlite"
    async with engine(at(bare, "alice"), file, habits=IMPATIENT) as alice:
        with pytest.raises(Unavailable, match="written down"):
            await alice.client.ask("bob")
    async with peer(bare, "svc-contacts") as service:
        await serving(service)
        async with engine(at(bare, "alice"), file) as alice:  # another process, the same file
            first = await asked(service, "ask")
            bare.stop()
            await alice.hears(ConnectionChanged, lambda it: it.connection.link is Link.OFFLINE)
            await bare.start()
            async with peer(bare, "svc-contacts", "again") as service:
                await serving(service)
                await alice.client.online()
                second = await asked(service, "ask")
                assert second == first
                await answer(service, events.answer(first["id"], "ask"))
                answered = await alice.hears(RequestAnswered)
                assert (answered.id, answered.op, answered.code) == (first["id"], "ask", None)
        async with engine(at(bare, "alice"), file) as alice:
            assert await alice.client._parts.journal.do(lambda store: store.requests.all()) == []


async def test_a_link_is_not_offered_again(bare: BareBroker, tmp_path: Path) -> None:
    """Its token would be nobody's."""
    async with engine(at(bare, "alice"), tmp_path / "alice.sqlite", habits=IMPATIENT) as alice:
        with pytest.raises(Unavailable) as error:
            await alice.client.link_device("tablet")
        assert "written down" not in str(error.value)
        assert await alice.client._parts.journal.do(lambda store: store.requests.all()) == []


async def test_leaving_ends_the_waiting(bare: BareBroker, tmp_path: Path) -> None:
    async with engine(at(bare, "alice"), tmp_path / "alice.sqlite") as alice:
        asking = asyncio.create_task(alice.client.ask("bob"))
        await alice.client.online()
    with pytest.raises(Unavailable, match="closed"):
        await asking
