"""A Redis that has no more room: the bridge waits and says why, nothing is dropped, and all goes on when there is."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any

import pytest

from bridge.pressure import MAX_RECORDS
from tests.bridge.house import Bridge, House, Sender, ids
from tests.bridge.verdict import check
from tests.support.log import PATIENCE, after
from tests.support.redis import RedisServer
from xasup.protocol import changes, codec
from xasup.protocol.changes import Change
from xasup.protocol.errors import Unavailable
from xasup.protocol.streams import Stream
from xasup.wire.log import open_log
from xasup.wire.log.port import SHARES, Entry, Shard
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import Step

MESSAGES, DECISIONS = Shard(Stream.MESSAGES, 0), Shard(Stream.CONTACTS, 0)
LEAST = 1 << 20  # bytes that the log may be given
ROOM = 2 << 20  # bytes of Redis that messages may fill
LOOKS = 30  # at a page, over more attempts of the bridge than one
TEXT = "x" * 300


def limit(redis: RedisServer, more: int) -> None:
    """*more*: bytes that it may take besides what it has; 0: as many as it likes."""
    used = redis.command("EVAL", "return tonumber(redis.call('INFO', 'memory'):match('used_memory:(%d+)'))", "0")
    redis.command("CONFIG", "SET", "maxmemory", str(int(used[1:]) + more if more else 0))


def written(alice: Sender, bob: Sender) -> list[str]:
    """Ids of some messages that bob has."""
    sent = alice.send("bob", 50, TEXT)
    assert [codec.decode_object(got.payload)["id"] for got in bob.client.got()] == sent, "it comes as ever"
    return sent


async def filled(alice: Sender, bob: Sender, bridge: Bridge) -> tuple[list[str], dict[str, Any]]:
    """Ids of what was written until the bridge said that the log is full; what its page said."""
    sent: list[str] = []
    while (facts := bridge.look())["state"] != "full":
        sent += written(alice, bob)
        assert len(sent) < 50_000, facts
    return sent, facts


@pytest.mark.parametrize("killed", [False, True])
async def test_without_memory_the_bridge_waits_and_then_all_is_stored(
    fragile_home: House, own_redis: RedisServer, killed: bool
) -> None:
    """*killed*: the bridge, meanwhile."""
    bridge = fragile_home.bridge()
    bridge.start()
    alice, bob = fragile_home.person("alice"), fragile_home.person("bob")
    await bridge.becomes("ok")
    limit(own_redis, ROOM)
    sent, _ = await filled(alice, bob, bridge)
    sent += written(alice, bob)
    if killed:
        bridge.restart(signal.SIGKILL)
        await bridge.becomes("full")
    looks = [bridge.look() for _ in range(LOOKS)]
    assert {facts["state"] for facts in looks} == {"full"}
    assert all("maxmemory" in facts["reason"] and facts["pending"] < 2 * MAX_RECORDS for facts in looks)
    assert len({facts["acknowledged"] for facts in looks}) == 1
    limit(own_redis, 0)
    await bridge.becomes("ok")
    sent += written(alice, bob)
    alice.stored_up_to(sent[-1])
    check(sent, ids(await fragile_home.entries(len(sent))))
    assert (await bridge.counted("broker_dropped", 0))["broker_dropped"] == 0


async def test_thanked_too_early_it_is_lost(fragile_home: House, own_redis: RedisServer) -> None:
    """The negative control."""
    careless = fragile_home.bridge("careless", "tests.bridge.early_ack")
    careless.start()
    alice, bob = fragile_home.person("alice"), fragile_home.person("bob")
    await careless.becomes("ok")
    limit(own_redis, ROOM)
    sent, _ = await filled(alice, bob, careless)
    careless.stop(signal.SIGKILL)
    limit(own_redis, 0)
    careless.start()
    sent += written(alice, bob)
    alice.stored_up_to(sent[-1])
    with pytest.raises(AssertionError, match="lost"):
        check(sent, ids(await fragile_home.entries(1)))


async def test_what_consumers_have_makes_room(fragile_home: House, own_redis: RedisServer) -> None:
    """Memory that Redis refuses is freed of what was committed before: while it is full, nothing can be committed."""
    bridge = fragile_home.bridge()
    bridge.start()
    alice, bob = fragile_home.person("alice"), fragile_home.person("bob")
    await bridge.becomes("ok")
    async with open_log(fragile_home.log_url) as log, log.reader([MESSAGES.stream], {}) as reader:
        limit(own_redis, ROOM)
        sent: list[str] = []
        found: list[Entry] = []
        while len(sent) < 20_000:  # a multiple of what there is room for
            sent += written(alice, bob)
            alice.stored_up_to(sent[-1])
            while len(found) < len(sent):
                found += await reader.read(1000, PATIENCE)
            with suppress(Unavailable):  # it goes with a later one
                await log.commit("c", after(found[-1:]))
        check(sent, ids(found))
        assert (await log.extent(MESSAGES.stream))[MESSAGES].records < len(sent)


async def test_beyond_its_own_limit_the_log_waits_for_consumers(fragile_home: House, own_redis: RedisServer) -> None:
    bridge = fragile_home.bridge(log_memory=ROOM)
    async with open_log(fragile_home.log_url) as log, log.reader([MESSAGES.stream], {}) as reader:
        await log.commit("c", {MESSAGES: ""})
        bridge.start()
        alice, bob = fragile_home.person("alice"), fragile_home.person("bob")
        await bridge.becomes("ok")
        sent, facts = await filled(alice, bob, bridge)
        assert "consumers have not committed" in facts["reason"]
        sent += written(alice, bob)
        found: list[Entry] = []
        while len(found) < len(sent):
            found += await reader.read(1000, PATIENCE)
            await log.commit("c", after(found[-1:]))
        alice.stored_up_to(sent[-1])
        check(sent, ids(found))
        await bridge.becomes("ok")


async def test_decisions_without_end_do_not_hold_up_what_people_write(
    fragile_home: House, own_redis: RedisServer
) -> None:
    """As many as would fill all of the log's memory. That they would, the tests of the log in Redis show."""
    bridge = fragile_home.bridge(log_memory=LEAST)
    asked = changes.encode(Change("contacts.ask", "mallory", 7, ("mallory", "bob")))
    async with open_truth(own_redis.url) as truth, open_log(fragile_home.log_url) as log:
        for _ in range(50):
            await asyncio.gather(*(truth.commit(Step(change=asked)) for _ in range(100)))
        bridge.start()
        alice, _ = fragile_home.person("alice"), fragile_home.person("bob")
        await bridge.becomes("ok")
        held = (await log.extent(DECISIONS.stream))[DECISIONS]
        async with asyncio.timeout(PATIENCE):
            while not held.last.endswith("-5000") or held.bytes > SHARES[Stream.CONTACTS] * LEAST:
                alice.stored_up_to(alice.send("bob")[-1])  # while there is something new, the log is looked at
                await asyncio.sleep(0.1)  # no event tells when
                held = (await log.extent(DECISIONS.stream))[DECISIONS]
        alice.stored_up_to(alice.send("bob", 50)[-1])
        assert 0 < held.records < 1000
    assert "the oldest records are dropped" in bridge.log
    assert bridge.look()["state"] == "ok"
