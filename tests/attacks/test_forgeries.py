"""What an accepted contact may write, and yet nobody may believe: another's id, another's receipts, old messages again.
The broker has no plugin here, so all of it arrives. (Receipts: tests/client/test_bad_input.py; a request whose id was
used: tests/contacts/test_bad_requests.py; writing in another's name, or as a service: tests/broker/table.py.)"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.bare import BareBroker
from tests.support.engine import at, engines, peer, writes
from xasup.protocol import codec, topics
from xasup.protocol.ids import UserId
from xasup.protocol.states import State

ALICE, BOB, EVE = UserId("alice"), UserId("bob"), UserId("eve")


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[BareBroker]:
    async with BareBroker(tmp_path / "broker") as broker:
        yield broker


def message(text: str, id: str = "same") -> dict[str, object]:
    return {"id": id, "ts": 1, "n": 1, "text": text}


async def test_an_id_that_another_used_first_hides_nothing(bare: BareBroker, tmp_path: Path) -> None:
    """Ids are the sender's own: eve cannot take bob's before he uses it."""
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob, peer(bare, "eve") as eve:
        await writes(eve, "alice", message("of eve"))
        assert (await alice.receives("of eve")).sender == EVE
        await writes(bob, "alice", message("of bob"))
        assert (await alice.receives("of bob")).sender == BOB


async def test_what_is_sent_again_is_shown_once_in_its_old_place(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        for text, id in (("one", "1"), ("two", "2"), ("one", "1"), ("one", "1"), ("three", "3")):
            await writes(bob, "alice", message(text, id))
        await alice.receives("three")
        assert [line.text for line in await alice.client.messages("bob")] == ["one", "two", "three"]


async def test_a_receipt_for_a_message_to_somebody_else_changes_nothing(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob, peer(bare, "eve") as eve:
        id = await alice.client.send("bob", "to bob")
        await alice.sees(id, State.SENT)
        forged = codec.encode({"read": [id], "refused": {id: "no"}})
        await eve.wire.publish(topics.receipt(ALICE, EVE), forged)
        await writes(eve, "alice", message("the fence", "fence"))
        await alice.receives("the fence")
        assert [line.state for line in await alice.client.messages("bob")] == [State.SENT]
        await bob.wire.publish(topics.receipt(ALICE, BOB), codec.encode({"delivered": [id]}))
        await alice.sees(id, State.DELIVERED)


@pytest.mark.parametrize("service", ["contacts", "groups", "devices", "history", "broker"])
async def test_another_service_than_the_bridge_cannot_say_stored(
    bare: BareBroker, tmp_path: Path, service: str
) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        id = await alice.client.send("bob", "to bob")
        await alice.sees(id, State.SENT)
        forged = codec.encode({"event": "stored", "ids": [id], "log": "1/1"})
        await bob.wire.publish(topics.event(ALICE, service), forged)
        await writes(bob, "alice", message("the fence", "fence"))
        await alice.receives("the fence")
        assert (await alice.client.messages("bob"))[0].state is State.SENT
