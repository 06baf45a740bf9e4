"""What is shown, in which order, and when: replies, gaps, restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.bare import BareBroker
from tests.support.engine import Engine, at, engine, engines, peer, writes
from xasup.client import MessageAdded
from xasup.client.habits import Habits
from xasup.protocol import codec, topics
from xasup.protocol.ids import UserId

NEVER, SOON = Habits(hold=3600), Habits(hold=0.05)


def message(id: str, n: int, re: str | None = None) -> dict[str, object]:
    return {"id": id, "ts": 1, "n": n, "text": id} | ({"re": re} if re else {})


async def shown(one: Engine, conversation: str) -> list[str]:
    return [line.text for line in await one.client.messages(conversation)]


async def test_a_reply_comes_after_what_it_replies_to(bare: BareBroker, tmp_path: Path) -> None:
    async with (
        engines(tmp_path, at(bare, "alice"), habits=NEVER) as [alice],
        peer(bare, "alice", "tablet") as tablet,
        peer(bare, "bob") as bob,
    ):
        await writes(bob, "alice", message("reply", 1, re="question"))
        await writes(bob, "alice", message("more", 2))
        await writes(tablet, "bob", message("question", 1))  # from another device of mine
        for text in ("question", "reply", "more"):
            await alice.receives(text)
        assert await shown(alice, "bob") == ["question", "reply", "more"]


async def test_it_does_not_wait_for_ever(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice"), habits=SOON) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", message("reply", 1, re="long-ago"))
        await writes(bob, "alice", message("more", 2))
        await alice.receives("more")
        assert await shown(alice, "bob") == ["reply", "more"]


async def test_what_was_held_is_shown_by_the_next_process(bare: BareBroker, tmp_path: Path) -> None:
    file = tmp_path / "alice.sqlite"
    async with (
        engine(at(bare, "alice"), file, habits=NEVER) as alice,
        peer(bare, "bob") as bob,
        peer(bare, "carol") as carol,
    ):
        await alice.client.online()
        await writes(bob, "alice", message("reply", 1, re="never-came"))
        await writes(carol, "alice", message("fence", 1))
        await alice.receives("fence")
        assert await shown(alice, "bob") == []
    async with engine(at(bare, "alice"), file, habits=NEVER) as alice:
        await alice.receives("reply")
        assert await shown(alice, "bob") == ["reply"]


async def test_many_may_wait_behind_a_reply(bare: BareBroker, tmp_path: Path) -> None:
    many = [f"m{n}" for n in range(2, 2600)]
    async with engines(tmp_path, at(bare, "alice"), habits=SOON) as [alice], peer(bare, "bob") as bob:
        topic = topics.message(UserId("alice"), UserId("bob"))
        payloads = [message("reply", 1, re="never-came")] + [message(id, n) for n, id in enumerate(many, 2)]
        await asyncio.gather(*(bob.wire.publish_soon(topic, codec.encode(it)) for it in payloads))
        await alice.receives(many[-1])
        assert [line.text for line in await alice.client.messages("bob", limit=5000)] == ["reply", *many]


async def test_a_reply_to_something_known_does_not_wait(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice"), habits=NEVER) as [alice], peer(bare, "bob") as bob:
        question = await alice.client.send("bob", "question")
        await alice.receives("question")
        await writes(bob, "alice", message("answer", 1, re=question))
        assert (await alice.receives("answer")).re == question


async def test_a_gap_can_be_seen(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        for n in (1, 2, 5):
            await writes(bob, "alice", message(f"m{n}", n))
        await alice.receives("m5")
        assert [line.n for line in await alice.client.messages("bob")] == [1, 2, 5]


async def test_numbers_go_on_after_a_restart(bare: BareBroker, tmp_path: Path) -> None:
    for n in (1, 2):
        async with engines(tmp_path, at(bare, "alice")) as [alice]:
            await alice.client.send("bob", f"text {n}")
            added = await alice.hears(MessageAdded)
            assert added.message.n == n
