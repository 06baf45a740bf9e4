"""One habit broken at a time, with its good twin: the check that finds nothing wrong with the one names the other.

Of the habits of a recipient's device, see test_sender_gone.py.
"""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.play import Opener, Player, staged, wrong
from xasup.audit.findings import Check
from xasup.chaos import verdict
from xasup.chaos.verdict import Verdict, World
from xasup.protocol.ids import ClientId, UserId
from xasup.protocol.states import State
from xasup.wire.store import DeviceStore, Line, open_file
from xasup.wire.store.outbox import SqliteOutbox

MESSAGES = 20


class Forgetful(SqliteOutbox):
    """What was accepted is a line to look at; that it waits is forgotten with the process that accepted it."""

    def waiting(self, state_sent: bool, after: int, limit: int) -> list[Line]:
        return []


def forgetful(path: Path, client: ClientId) -> DeviceStore:
    store = open_file(path, client)
    store.outbox.__class__ = Forgetful
    return store


async def say(player: Player, to: UserId, count: int = MESSAGES) -> list[str]:
    return [await player.client.send(to, f"number {number}") for number in range(count)]


async def the_log_dies(folder: Path, bridge: str, promised: State) -> Verdict:
    """With what it was given and had not on disk; and the bridge with it. The recipient comes when the sender, who was
    told *promised* before and *stored* at the latest after, has gone for good."""
    async with staged(folder, "redis", {"bridge": bridge}) as stage:
        sender, receiver = stage.cast.senders[0], stage.cast.receivers[0]
        async with stage.online(sender) as alice:
            stage.freeze("redis")
            ids = await say(alice, receiver)
            assert await alice.until(lambda: alice.at(ids, promised))
            stage.lose("bridge", "redis")
            assert await alice.until(lambda: alice.safe(ids))
        await stage.serve("bridge", "redis")
        async with stage.online(receiver) as bob:
            assert await bob.until(lambda: bob.caught_up)
        return stage.verdict()


async def test_what_the_log_had_not_on_disk_comes_again(tmp_path: Path) -> None:
    found = await the_log_dies(tmp_path, "bridge", promised=State.SENT)
    assert (wrong(found), found.stored, found.shown) == (set(), MESSAGES, MESSAGES)


async def test_control_acknowledged_too_early_it_is_lost(tmp_path: Path) -> None:
    found = await the_log_dies(tmp_path, "tests.bridge.early_ack", promised=State.STORED)
    assert wrong(found) == {verdict.LOST}
    assert len(found.wrong[verdict.LOST]) == MESSAGES


async def the_broker_dies(folder: Path, opened: Opener) -> Verdict:
    """Before it has read what a device, which is left then, has accepted and written to it. The device comes back and
    says one thing more, which goes out after all that waits. *opened*: opens its file."""
    async with staged(folder, "redis") as stage:
        sender, receiver = stage.cast.senders[0], stage.cast.receivers[0]
        async with stage.online(sender, opened=opened) as alice:
            stage.freeze("mosquitto")
            ids = await say(alice, receiver)
        await stage.kill("mosquitto")
        async with stage.online(sender, opened=opened) as alice:
            last = await say(alice, receiver, 1)
            assert await alice.until(lambda: alice.safe(last))
            assert alice.safe(ids) or opened is forgetful
        async with stage.online(receiver) as bob:
            assert await bob.until(lambda: bob.caught_up)
        return stage.verdict()


async def test_what_was_accepted_goes_out_after_a_restart(tmp_path: Path) -> None:
    found = await the_broker_dies(tmp_path, open_file)
    assert (wrong(found), found.stored, found.shown) == (set(), MESSAGES + 1, MESSAGES + 1)


async def test_control_without_an_outbox_it_never_does(tmp_path: Path) -> None:
    found = await the_broker_dies(tmp_path, forgetful)
    assert verdict.UNSETTLED in wrong(found)
    assert len(found.wrong[verdict.UNSETTLED]) == MESSAGES


@pytest.mark.parametrize(("bridge", "breaches"), [("bridge", set()), ("tests.bridge.no_dedupe", {Check.REPEATED})])
async def test_what_is_offered_twice_is_in_the_log_once(tmp_path: Path, bridge: str, breaches: set[Check]) -> None:
    """By a device that comes back before it has heard *stored*. Devices recognise what comes again, so it is the audit
    that notices."""
    async with staged(tmp_path, "redis", {"bridge": bridge}) as stage:
        sender, receiver = stage.cast.senders[0], stage.cast.receivers[0]
        stage.freeze("bridge")
        async with stage.online(sender) as alice:
            ids = await say(alice, receiver)
            assert await alice.until(lambda: alice.at(ids, State.SENT))
        async with stage.online(sender) as alice:
            last = await say(alice, receiver, 1)
            assert await alice.until(lambda: alice.at(last, State.SENT))
            stage.signal("bridge", signal.SIGCONT)
            assert await alice.until(lambda: alice.safe([*ids, *last]))
        async with stage.online(receiver) as bob:
            assert await bob.until(lambda: bob.caught_up)
        assert wrong(stage.verdict()) == set()
        assert await stage.audit() == breaches


async def consent_ends(folder: Path, projector: str, then: State) -> Verdict:
    """A recipient revokes, and has the answer; what is written after it comes to *then*."""
    async with staged(folder, "redis", {"projector": projector}) as stage:
        sender, receiver = stage.cast.senders[0], stage.cast.receivers[0]
        async with stage.online(sender) as alice, stage.online(receiver) as bob:
            await bob.client.revoke(sender)
            ids = await say(alice, receiver, 3)
            assert await alice.until(lambda: alice.at(ids, then))
        stage.cast = replace(stage.cast, world=World({}, stage.cast.world.members))
        return stage.verdict()


async def test_nobody_sees_what_is_written_after_a_revocation(tmp_path: Path) -> None:
    found = await consent_ends(tmp_path, "broker.projector", State.REFUSED)
    assert (wrong(found), found.shown) == (set(), 0)


async def test_control_with_a_stale_directory_it_is_seen(tmp_path: Path) -> None:
    found = await consent_ends(tmp_path, "tests.broker.deaf_projector", State.DELIVERED)
    assert wrong(found) == {verdict.UNWANTED}
    assert len(found.wrong[verdict.UNWANTED]) == 3
