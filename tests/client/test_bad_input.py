"""Whatever is sent to an engine: it is shown or refused with a reason, never lost, never fatal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.bare import BareBroker
from tests.support.engine import Engine, arrives, at, engines, peer, writes
from xasup.client import Client, MessageAdded, Notice, Typing
from xasup.client.world import World
from xasup.protocol import codec, topics
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import UserId
from xasup.protocol.states import State

ALICE, BOB = UserId("alice"), UserId("bob")
GOOD = {"id": "good-1", "ts": 1, "n": 1, "text": "good"}


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"21.5 degrees", "21.5 degrees"),
        (b"\xff\xfe caf\xc3\xa9", "\\xff\\xfe café"),
        (b'"a string"', '"a string"'),
        (b"[1, 2]", "[1, 2]"),
        (b"42", "42"),
        (b"", ""),
        (b'{"id": "x", "text": "cut off', '{"id": "x", "text": "cut off'),
        (b"\x1b[2J\x07", "\x1b[2J\x07"),  # kept as it is; who shows it makes it inert
    ],
)
async def test_plain_text_is_shown_without_receipts(
    bare: BareBroker, tmp_path: Path, payload: bytes, text: str
) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", payload)
        message = await alice.receives(text)
        assert (message.plain, message.sender, message.reason) == (True, BOB, "")
        await alice.client.shown("bob", [message.id])
        await writes(bob, "alice", GOOD)
        receipt = await arrives(bob, topics.receipt(BOB, ALICE))
        assert codec.decode(receipt) == {"delivered": ["good-1"]}  # the first and only one


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": "m1"}, "text"),
        ({"id": "m1", "text": ""}, "text"),
        ({"id": "m1", "text": 7}, "text"),
        ({"id": "m1", "text": "x", "ts": "noon"}, "ts"),
        ({"id": "m1", "text": "x", "n": -1}, "n:"),
        ({"id": "m1", "text": "x", "re": "a b"}, "id"),
    ],
)
async def test_a_bad_message_is_shown_as_it_came_and_refused(
    bare: BareBroker, tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", fields)
        message = (await alice.hears(MessageAdded)).message
        assert message.plain
        assert reason in message.reason
        assert message.text == codec.encode(fields).decode()
        receipt = codec.decode(await arrives(bob, topics.receipt(BOB, ALICE)))
        assert list(receipt) == ["refused"]
        assert reason in receipt["refused"]["m1"]


@pytest.mark.parametrize(
    "fields", [{"text": "x"}, {"id": 5, "text": "x"}, {"id": "a b", "text": "x"}, {"id": "x" * 65, "text": "x"}]
)
async def test_without_an_id_nobody_can_be_told(bare: BareBroker, tmp_path: Path, fields: dict[str, Any]) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", fields)
        assert (await alice.hears(MessageAdded)).message.plain
        await writes(bob, "alice", GOOD)
        assert codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) == {"delivered": ["good-1"]}


async def test_an_id_used_twice_keeps_its_first_content(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", GOOD)
        await writes(bob, "alice", GOOD | {"text": "evil"})
        await alice.receives("good")
        notice = await alice.hears(Notice)
        assert "good-1" in notice.text
        told = [codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) for _ in range(2)]
        assert {"refused": {"good-1": "this id was used before, for another message"}} in told
        assert [line.text for line in await alice.client.messages("bob")] == ["good"]


async def test_what_is_shown_is_what_was_kept_when_both_come_in_one_batch(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")):
        pass
    async with peer(bare, "bob") as bob:
        await writes(bob, "alice", GOOD)
        await writes(bob, "alice", GOOD | {"text": "evil"})
        async with engines(tmp_path, at(bare, "alice")) as [alice]:
            await alice.hears(Notice)
            assert (await alice.hears(MessageAdded)).message.text == "good"


async def test_unknown_fields_are_kept(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", GOOD | {"mood": {"wind": 3}})
        assert (await alice.receives("good")).extra == {"mood": {"wind": 3}}


async def test_receipts_of_strangers_and_nonsense_change_nothing(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob, peer(bare, "eve") as eve:
        id = await alice.client.send("bob", "hi")
        await alice.sees(id, State.SENT)
        for payload in (codec.encode({"read": [id]}), b"nonsense", b"[]", b'{"read": 5}', b'{"refused": []}'):
            await eve.wire.publish(topics.receipt(ALICE, UserId("eve")), payload)
        await fence(bob.wire.publish, alice)
        assert (await alice.client.messages("bob"))[0].state is State.SENT
        await bob.wire.publish(topics.receipt(ALICE, BOB), codec.encode({"delivered": [id, "unknown"]}))
        await alice.sees(id, State.DELIVERED)


async def test_a_receipt_can_refuse(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        id = await alice.client.send("bob", "hi")
        await bob.wire.publish(topics.receipt(ALICE, BOB), codec.encode({"refused": {id: "no room"}}))
        assert (await alice.sees(id, State.REFUSED)).reason == "no room"


async def test_events_that_cannot_be_read_are_noted(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "svc-contacts") as service:
        for payload in (
            b"nonsense",
            codec.encode({"event": "contact"}),
            codec.encode({"event": "contact", "user": "Bob!", "mine": "none", "theirs": "none"}),
            codec.encode({"event": "contact", "user": "bob", "mine": "perhaps", "theirs": "none"}),
            codec.encode({"event": "answer"}),
        ):
            await service.wire.publish(topics.event(ALICE, "contacts"), payload)
            await alice.hears(Notice)
        await service.wire.publish(topics.event(ALICE, "contacts"), codec.encode({"event": "of a later version"}))
        await fence(service.wire.publish, alice)
        assert alice.heard(Notice) == []


async def test_stored_by_the_bridge(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "svc-bridge") as bridge:
        id = await alice.client.send("bob", "hi")
        await alice.sees(id, State.SENT)
        for ids in (5, [7], [id]):
            await bridge.wire.publish(topics.event(ALICE, "bridge"), codec.encode({"event": "stored", "ids": ids}))
        await alice.sees(id, State.STORED)


@pytest.mark.parametrize(
    "to", ["", "Bob", "bob smith", "bob/x", "b+", "#", "b\0b", "b" * 33, "bоb", "svc-contacts", "contacts", "g:", "g:A"]
)
async def test_nobody_can_be_called_that(tmp_path: Path, to: str) -> None:
    async with Client("xasup://alice:t@127.0.0.1:1/phone", tmp_path / "a.sqlite") as alice:
        with pytest.raises(Malformed, match=r"expected|belongs to a service"):
            await alice.send(to, "hi")


async def test_texts_that_cannot_be_sent(tmp_path: Path) -> None:
    async with Client("xasup://alice:t@127.0.0.1:1/phone", tmp_path / "a.sqlite") as alice:
        for text in ("", "x" * (MAX_PAYLOAD + 1), "ä" * (MAX_PAYLOAD // 2), "\ud800"):
            with pytest.raises(Malformed):
                await alice.send("bob", text)
        with pytest.raises(Malformed):
            await alice.send("bob", "x", re="no id")
        with pytest.raises(Malformed):
            await alice.send_many("bob", ["good", ""])
        assert await alice.conversations() == []
        await alice.send("bob", "x" * (MAX_PAYLOAD - 200))
        await alice.send("bob", "control \x00\x1b[31m characters \u202e travel as they are")


@pytest.mark.parametrize(
    "text", ["", "bob", "http://a:b@c/d", "xasup://alice@h:1/phone", "xasup://a:b@h:99999/d", "xasup://A:b@h:1/d"]
)
def test_a_broken_connect_string(text: str) -> None:
    with pytest.raises(Malformed):
        Client(text)


@pytest.mark.parametrize("years", [-1, 1])
async def test_a_clock_wrong_by_a_year(bare: BareBroker, tmp_path: Path, years: int) -> None:
    right = World()
    wrong = World(now_ms=lambda: right.now_ms() + years * 31_557_600_000)
    async with (
        engines(tmp_path, at(bare, "alice"), world=wrong) as [alice],
        engines(tmp_path, at(bare, "bob")) as [bob],
    ):
        for n in range(3):
            await bob.client.send("alice", f"from bob {n}")
            await alice.receives(f"from bob {n}")
            id = await alice.client.send("bob", f"from alice {n}")
            await bob.receives(f"from alice {n}")
            await alice.sees(id, State.DELIVERED)
        expected = [f"from {name} {n}" for n in range(3) for name in ("bob", "alice")]
        assert [line.text for line in await alice.client.messages("bob")] == expected
        assert [line.text for line in await bob.client.messages("alice")] == expected


async def fence(publish: Any, one: Engine) -> None:
    """Whatever was sent to *one* before has been taken in."""
    await publish(topics.typing(UserId(one.user), UserId("fence")), b"{}")
    await one.hears(Typing)
