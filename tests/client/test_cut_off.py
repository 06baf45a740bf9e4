"""Who waits for the file is cut off in the middle: what is written is told all the same, and goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.bare import BareBroker
from tests.support.engine import Engine, engine
from xasup.client.inbound import Inbound
from xasup.client.sorting import Recalled
from xasup.client.subscriptions import Subscriptions
from xasup.protocol import envelope, topics
from xasup.protocol.connect import ConnectString
from xasup.protocol.envelope import Message
from xasup.protocol.ids import ClientId, MessageId, UserId
from xasup.protocol.states import State
from xasup.wire.mqtt import Wire

ALICE, BOB = ClientId.parse("alice:laptop"), UserId("bob")


@pytest.fixture
async def alice(bare: BareBroker, tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine(ConnectString(ALICE, "token", "127.0.0.1", bare.port), tmp_path / "alice.sqlite") as one:
        yield one


async def cut_off(work: Coroutine[Any, Any, object]) -> None:
    """As soon as it waits for the file."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_history_told_is_shown_though_the_connection_has_ended(alice: Engine) -> None:
    """Told once: when it comes again, the file has it."""
    payload = envelope.encode(Message(MessageId("m1"), 1, "hello", 1))
    inbound = Inbound(alice.client._parts, cast(Wire, None), cast(Subscriptions, None))
    await cut_off(inbound.recall([Recalled(topics.message(ALICE.user, BOB), payload, 1)], "here"))
    assert (await alice.receives("hello")).sender == BOB


async def test_a_message_is_sent_though_nobody_waits_for_it(alice: Engine) -> None:
    await cut_off(alice.client.send(BOB, "hello"))
    message = await alice.receives("hello")
    await alice.sees(message.id, State.SENT)
