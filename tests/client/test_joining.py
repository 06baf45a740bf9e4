"""What the members of a group write before the broker has a newcomer's subscription is shown to the newcomer too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.backend import Backend
from tests.support.engine import friends
from xasup.client import GroupChanged, MessageAdded
from xasup.client.subscriptions import Subscriptions
from xasup.protocol.groups import Role
from xasup.wire.mqtt import Subscription


async def test_a_message_that_comes_before_the_subscription(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe, written = Subscriptions._subscribe, asyncio.Event()

    async def late(self: Subscriptions, wanted: list[Subscription]) -> None:
        if any(it.filter.startswith("xasup/v1/g/") for it in wanted):
            await written.wait()
        await subscribe(self, wanted)

    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        group = backend.name("hikers")
        await alice.client.create_group(group, "Hikers", [bob.user])
        await bob.hears(GroupChanged, lambda it: it.group.role is Role.INVITED)
        monkeypatch.setattr(Subscriptions, "_subscribe", late)
        joining = asyncio.create_task(bob.client.join(group))  # the answer may come behind what waits for us
        await bob.hears(GroupChanged, lambda it: it.group.role is Role.MEMBER)
        await alice.client.send(f"g:{group}", "saturday?")
        await alice.hears(MessageAdded, lambda it: it.message.text == "saturday?")
        await asyncio.sleep(0.3)  # by now the broker has it
        written.set()
        await joining
        assert (await bob.receives("saturday?")).conversation == f"g:{group}"
