"""When the broker's plugin turns messages down for reasons that pass: too fast, or a directory that cannot be read."""

from __future__ import annotations

import asyncio
import json
from itertools import count
from pathlib import Path

from tests.attacks import faulty
from tests.support.broker import TestBroker, device, person, token
from tests.support.engine import PATIENCE, Engine, engines
from xasup.client import ConnectionChanged, Link, StateChanged
from xasup.protocol.access import DEPTH
from xasup.protocol.connect import ConnectString
from xasup.protocol.directory import Edit, UserRecord, set_contact, set_device, set_user
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.protocol.states import State

ALICE, BOB = UserId("alice"), UserId("bob")


def account(broker: TestBroker, user: str) -> ConnectString:
    client = ClientId(UserId(user), DeviceId("phone"))
    return ConnectString(client, token(str(client)), "127.0.0.1", broker.port)


def meet(broker: TestBroker) -> None:
    broker.apply(
        person("alice:phone"), person("bob:phone"), set_contact(BOB, ALICE, True), set_contact(ALICE, BOB, True)
    )


async def noticed(broker: TestBroker, one: Engine) -> None:
    """The plugin looks once a second, when it is asked, whether its directory is there; it says so in its log only."""
    async with asyncio.timeout(PATIENCE):
        for n in count():
            if broker.complaints()[-1].endswith("all is denied"):
                return
            await one.client.typing(f"somebody-{n}")
            await asyncio.sleep(0.05)


async def all_delivered(one: Engine, ids: list[str]) -> None:
    for id in ids:
        await one.sees(id, State.DELIVERED)
    assert not [it for it in one.heard(StateChanged) if it.state is State.REFUSED]


async def test_who_is_too_fast_is_slowed_down_and_loses_nothing(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        meet(broker)
        broker.apply(set_user(ALICE, UserRecord(rate=100, burst=40)))
        async with engines(tmp_path, account(broker, "alice"), account(broker, "bob")) as [alice, bob]:
            ids = await alice.client.send_many("bob", [str(n) for n in range(90)])
            await all_delivered(alice, list(ids))
            assert len(await bob.client.messages("alice", limit=100)) == 90


async def test_what_is_newer_waits_behind_what_was_too_fast(tmp_path: Path) -> None:
    """The broker gets one conversation in its order, also where the second try is too fast again."""
    with TestBroker(tmp_path) as broker:
        meet(broker)
        broker.apply(set_user(ALICE, UserRecord(rate=5, burst=10)))
        bob = broker.client("bob:phone")
        bob.subscribe("xasup/v1/u/bob/#")
        async with engines(tmp_path, account(broker, "alice")) as [alice]:
            ids = list(await alice.client.send_many("bob", [str(n) for n in range(12)]))
            await alice.sees(ids[0], State.SENT)
            ids += await alice.client.send_many("bob", [str(n) for n in range(12, 20)])
            for id in ids[1:]:
                await alice.sees(id, State.SENT)
        letters = [json.loads(it.payload) for it in bob.got() if "/msg/" in it.topic]
        assert [it["id"] for it in letters] == ids


async def arrived(broker: TestBroker, folder: Path, count: int, *edits: Edit) -> tuple[list[str], list[str]]:
    """The ids of so many messages in the order in which alice wrote them, and in that in which the broker took them."""
    meet(broker)
    broker.apply(*edits)
    bob = broker.client("bob:phone")
    bob.subscribe("xasup/v1/u/bob/#", qos=0)
    async with engines(folder, account(broker, "alice")) as [alice]:
        ids = list(await alice.client.send_many("bob", [str(n) for n in range(count)]))
        for id in ids:
            await alice.sees(id, State.SENT)
        assert not [it for it in alice.heard(StateChanged) if it.state is State.REFUSED]
    letters = [json.loads(it.payload) for it in bob.got() if "/msg/" in it.topic]
    return ids, [it["id"] for it in letters]


async def test_a_burst_beyond_the_usual_rate_arrives_whole_and_in_order(tmp_path: Path) -> None:
    rate = 20
    with TestBroker(tmp_path, rate=rate) as broker:
        written, taken = await arrived(broker, tmp_path, rate * (DEPTH + 3))
    assert taken == written


QUICK = set_user(ALICE, UserRecord(rate=500, burst=300))  # a bucket that fills while much is under way


async def test_nothing_under_way_passes_what_was_too_fast(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        written, taken = await arrived(broker, tmp_path, 1000, QUICK)
    assert taken == written


async def test_what_passes_is_noticed(tmp_path: Path) -> None:
    """The negative control: a broker that lets something through as soon as it may."""
    plugin = faulty.plugin(tmp_path / "plugin", "rate.c", "PAUSE = SECOND / 2", "PAUSE = 0")
    with TestBroker(tmp_path, plugin=plugin) as broker:
        written, taken = await arrived(broker, tmp_path, 1000, QUICK)
    assert sorted(taken) == sorted(written)
    assert taken != written


async def test_a_directory_away_for_a_while(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        meet(broker)
        async with engines(tmp_path, account(broker, "alice"), account(broker, "bob")) as [alice, bob]:
            away = broker.directory.rename(tmp_path / "away")
            await noticed(broker, alice)
            id = await alice.client.send("bob", "patience")
            offline = await alice.hears(ConnectionChanged, lambda it: it.connection.link is Link.OFFLINE)
            assert "refuses even what every device may say" in offline.connection.reason
            away.rename(broker.directory)
            await asyncio.gather(alice.sees(id, State.DELIVERED), bob.receives("patience"))


async def test_a_revoked_device_keeps_what_it_could_not_send(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        meet(broker)
        async with engines(tmp_path, account(broker, "alice"), account(broker, "bob")) as [alice, bob]:
            broker.apply(set_device(ClientId(ALICE, DeviceId("phone")), None))
            id = await alice.client.send("bob", "kept")
            refused = await alice.hears(ConnectionChanged, lambda it: it.connection.link is Link.REFUSED)
            assert "revoked" in refused.connection.reason
            assert refused.connection.retry_in is not None
            assert refused.connection.retry_in >= 5
            [line] = await alice.client.messages("bob")
            assert (line.id, line.state) == (id, State.SENDING)
        broker.apply(device("alice:phone"))
        async with engines(tmp_path, account(broker, "alice"), account(broker, "bob")) as [alice, bob]:
            await bob.receives("kept")
            await alice.sees(id, State.DELIVERED)
