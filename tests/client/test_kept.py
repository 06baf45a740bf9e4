"""What a person decided is there again however the process ended, and nothing of it leaves the device."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.client.test_durability import printed, process, rest
from tests.support.backend import Backend
from tests.support.bare import BareBroker
from tests.support.engine import arrives, at, engines, friends, peer, writes
from tests.wire.test_store import ME, file_of_version
from xasup.client import Client, Message, Preferences, Step
from xasup.client import preferences as as_json
from xasup.client.steps import merged, read
from xasup.protocol import codec, topics
from xasup.protocol.connect import ConnectString
from xasup.protocol.ids import MessageId, UserId
from xasup.protocol.states import State

ALICE, BOB = UserId("alice"), UserId("bob")
NOWHERE = ConnectString(ME, "t" * 40, "127.0.0.1", 1)


@pytest.mark.parametrize("kept", [1, 30])
async def test_drafts_and_decisions_outlive_a_kill(bare: BareBroker, tmp_path: Path, kept: int) -> None:
    account, file = at(bare, "alice"), tmp_path / "alice.sqlite"
    async with process("keep", account.reveal(), str(file), "bob") as mortal:
        last = await printed(mortal, kept)
        mortal.kill()
        last += [line.strip() for line in await rest(mortal)]
    async with Client(account, file) as alice:
        [conversation] = await alice.conversations()
        traits = conversation.traits
    assert int(traits.draft) >= int(last[-1])
    assert (traits.stop, traits.pinned) == (int(traits.draft), int(traits.draft) % 2 == 0)


async def test_what_was_read_in_silence_is_never_told(bare: BareBroker, tmp_path: Path) -> None:
    first = {"id": "m1", "ts": 1, "n": 1, "text": "first"}
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await alice.client.prefer(Preferences(read_receipts=False))
        await writes(bob, "alice", first)
        assert codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) == {"delivered": ["m1"]}
        await alice.receives("first")
        await alice.client.shown("bob", ["m1"])
        await alice.sees("m1", State.READ)
        await alice.client.prefer(Preferences())
        await writes(bob, "alice", first)
        assert codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) == {"delivered": ["m1"]}
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", {"id": "m2", "ts": 1, "n": 2, "text": "fence"})
        await alice.receives("fence")
        await alice.client.shown("bob", ["m1", "m2"])
        told = [codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) for _ in range(2)]
        assert told == [{"delivered": ["m2"]}, {"read": ["m2"]}]


async def test_what_was_not_told_yet_is_not_told_when_that_is_preferred(bare: BareBroker, tmp_path: Path) -> None:
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", {"id": "m1", "ts": 1, "n": 1, "text": "first"})
        await alice.receives("first")
    account = replace(at(bare, "alice"), port=1)
    async with Client(account, tmp_path / f"{account.client}.sqlite") as away:
        await away.shown("bob", ["m1"])
        await away.prefer(Preferences(read_receipts=False))
    async with engines(tmp_path, at(bare, "alice")) as [alice], peer(bare, "bob") as bob:
        await writes(bob, "alice", {"id": "m2", "ts": 1, "n": 2, "text": "fence"})
        assert codec.decode(await arrives(bob, topics.receipt(BOB, ALICE))) == {"delivered": ["m2"]}


async def test_a_file_without_an_index_is_read_in_the_background(tmp_path: Path) -> None:
    with closing(file_of_version(tmp_path / "alice.sqlite", 2)) as db:
        db.executemany(
            "INSERT INTO lines VALUES (?, 'bob', 'bob', ?, ?, 5, 'read', '', 0)",
            [(n, str(n), b'{"id":"%d","ts":1,"text":"fox %d"}' % (n, n)) for n in range(1, 1001)],
        )
        db.execute("INSERT INTO threads VALUES ('bob', 0, 1000)")
    async with Client(NOWHERE, tmp_path / "alice.sqlite") as me, asyncio.timeout(20):
        while not (oldest := await me.search("fox", before=2)):
            newest = await me.search("fox", limit=1)
            assert [line.text for line in newest] in ([], ["fox 1000"])
        assert [line.text for line in oldest] == ["fox 1"]
        assert len(await me.search("fox", limit=2000)) == 1000


async def test_how_far_a_message_came_as_history_has_it(backend: Backend, tmp_path: Path) -> None:
    async with friends(backend, tmp_path, "alice", "bob") as [alice, bob]:
        id = await alice.client.send(bob.user, "hi")
        await bob.receives("hi")
        await bob.client.shown(alice.user, [id])
        for one, other in ((alice, bob), (bob, alice)):
            steps: list[Step] = []
            async with asyncio.timeout(20):
                while State.READ not in {step.state for step in steps if step.at}:  # until history has it
                    steps = await one.client.states(other.user, id)
            assert [step.state for step in steps] == [State.SENDING, State.STORED, State.DELIVERED, State.READ]
            assert [step.by for step in steps] == ["", "", bob.user, bob.user]
            assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_preferences_are_written_and_read() -> None:
    wanted = Preferences(read_receipts=False, quiet=True, theme="night")
    assert as_json.read(as_json.write(wanted)) == wanted
    assert as_json.read(b'{"quiet":"yes","theme":5,"later":1}') == Preferences()


@pytest.mark.parametrize(
    ("state", "told", "expected"),
    [
        (State.SENDING, [], ["sending"]),
        (State.REFUSED, [], ["sending", "refused"]),
        (State.READ, [Step(State.STORED, 5)], ["sending", "stored", "read"]),
        (State.SENT, [Step(State.STORED, 5), Step(State.READ, 9, "bob")], ["sending", "stored", "read"]),
    ],
)
def test_steps(state: State, told: list[Step], expected: list[str]) -> None:
    message = Message("bob", ALICE, MessageId("m"), "x", 1, state, 1, mine=True)
    assert [step.state for step in merged(message, 0, told, ALICE)] == expected


def test_steps_that_cannot_be_read_are_left_out() -> None:
    states = [{"state": "stored", "ts": 1}, {"state": "lost", "ts": 1}, {"state": "read"}, "x", 5]
    assert read({"states": states}) == [Step(State.STORED, 1)]
    assert read({"states": 5}) == read({}) == []
