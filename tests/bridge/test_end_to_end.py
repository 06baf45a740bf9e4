"""From a real Mosquitto into a real Redis, by processes that are killed, frozen and started at will."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from bridge import decisions
from bridge.session import Marker
from tests.bridge.house import Bridge, House, Sender, ids
from tests.bridge.house import house as house_of
from tests.bridge.verdict import check
from tests.support.broker import token
from tests.support.kafka import KafkaServer
from tests.support.redis import RedisServer
from xasup.protocol import changes, topics
from xasup.protocol.directory import Flag, UserRecord, set_device, set_user
from xasup.protocol.ids import UserId
from xasup.protocol.streams import Stream
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import Committed, Step

KILL = signal.SIGKILL
ONE_READ = 1500  # messages, at most


async def test_what_is_sent_is_in_the_log_and_its_sender_is_told(home: House) -> None:
    home.bridge().start()
    alice, _ = home.person("alice"), home.person("bob")
    sent = alice.send("bob", 5)
    stored = alice.stored(5)
    entries = await home.entries(5)
    check(sent, ids(entries))
    assert stored == {id: str(entry.position) for id, entry in zip(sent, entries, strict=True)}


async def test_a_simple_device_and_receipts_and_memberships(home: House) -> None:
    bridge = home.bridge()
    bridge.start()
    alice, bob = home.person("alice"), home.person("bob")
    home.broker.apply(set_user(UserId("svc-groups"), UserRecord(Flag.SERVICE)), home.device("svc-groups:local"))
    service = home.broker.client("svc-groups:local")
    told = b'{"event":"group","group":"hikers","name":"Hikers","role":"member","by":"bob","ts":1}'
    assert service.publish(topics.event(alice.user, "groups"), told) == 0
    assert service.publish(topics.event(alice.user, "groups"), b'{"event":"answer"}') == 0
    assert bob.client.publish(topics.receipt(alice.user, bob.user), b'{"read":["m1"]}') == 0
    alice.client.leave()
    where = ("-h", "127.0.0.1", "-p", str(home.broker.port), "-i", "alice:phone", "-u", "alice", "-q", "1")
    said = ("-P", token("alice:phone"), "-t", topics.message(bob.user, alice.user), "-m", "21.5 °C")
    subprocess.run([shutil.which("mosquitto_pub") or "mosquitto_pub", *where, *said], check=True, timeout=10)
    await bridge.counted("acknowledged", 4)
    membership, plain = await home.entries(2)
    (receipt,) = await home.entries(1, Stream.RECEIPTS)
    assert (membership.key, membership.value) == (b"g:hikers", told)
    assert (plain.key, plain.value) == (b"alice:bob", "21.5 °C".encode())
    assert (receipt.key, receipt.headers["from"], receipt.headers["to"]) == (b"alice:bob", b"bob", b"alice")


async def test_poison_at_the_head_is_a_dead_letter_and_the_rest_goes_on(home: House) -> None:
    """It waits in the broker when the bridge comes."""
    bridge = home.bridge()
    bridge.start()
    bridge.stop(KILL)
    alice, bob = home.person("alice"), home.person("bob")
    to_bob, to_alice = topics.message(bob.user, alice.user), topics.receipt(bob.user, alice.user)
    poison = [(to_bob, b'{"id":"m1","ts":"yesterday","text":"x"}'), (to_bob, b"{}"), (to_bob, b'{"id":["m2"]}')]
    poison += [(to_bob, b'{"id":"m3","text":"x","n":-1}'), (to_alice, b"\xff\x00"), (to_alice, b"")]
    assert [alice.client.publish(topic, payload) for topic, payload in poison] == [0] * len(poison)
    sent = alice.send("bob", 2)
    bridge.start()
    events = [alice.event("rejected") for _ in poison]
    assert (events[0]["id"], {event["code"] for event in events}) == ("m1", {"malformed"})
    assert list(alice.stored(2)) == sent
    letters = await home.entries(len(poison), Stream.DEAD_LETTERS)
    assert [(letter.key.decode(), letter.value) for letter in letters] == poison
    assert [letter.headers["reason"].decode() for letter in letters] == [event["reason"] for event in events]


async def test_the_same_id_with_another_content_is_a_conflict(home: House) -> None:
    home.bridge().start()
    alice, _ = home.person("alice"), home.person("bob")
    one, other = alice.message("bob", "m1"), alice.message("bob", "m1", "something else")
    alice.client.publish_all([one])
    position = alice.stored(1)["m1"]
    alice.client.publish_all([other, one])
    assert alice.event("rejected")["code"] == "conflict"
    assert alice.stored(1)["m1"] == position, "who offers the first one again hears where it is"
    assert [entry.value for entry in await home.entries(1)] == [one.payload]
    assert [entry.value for entry in await home.entries(1, Stream.DEAD_LETTERS)] == [other.payload]


async def in_the_log_but_not_acknowledged(home: House, redis: RedisServer, alice: Sender, bridge: Bridge) -> list[str]:
    """What Redis takes after the bridge that sent it was killed."""
    redis.freeze()
    sent = alice.send("bob", 50)
    await bridge.counted("received", 50)
    bridge.stop(KILL)
    redis.thaw()
    return sent


async def test_what_was_appended_by_a_bridge_that_was_killed_is_not_appended_again(
    fragile_home: House, own_redis: RedisServer
) -> None:
    bridge = fragile_home.bridge()
    bridge.start()
    alice, _ = fragile_home.person("alice"), fragile_home.person("bob")
    await bridge.becomes("ok")
    sent = await in_the_log_but_not_acknowledged(fragile_home, own_redis, alice, bridge)
    bridge.restart()
    assert alice.stored(50).keys() == set(sent)
    check(sent, ids(await fragile_home.entries(50)))


async def test_a_bridge_without_deduplication_appends_twice(fragile_home: House, own_redis: RedisServer) -> None:
    careless = fragile_home.bridge(module="tests.bridge.no_dedupe")
    careless.start()
    alice, _ = fragile_home.person("alice"), fragile_home.person("bob")
    await careless.becomes("ok")
    sent = await in_the_log_but_not_acknowledged(fragile_home, own_redis, alice, careless)
    careless.restart()
    await careless.counted("acknowledged", 50)
    with pytest.raises(AssertionError, match="twice"):
        check(sent, ids(await fragile_home.entries(50)))


@pytest.mark.parametrize("module", ["bridge", "tests.bridge.early_ack"])
async def test_a_log_that_dies_with_what_it_was_given(fragile_home: House, own_redis: RedisServer, module: str) -> None:
    """Thanked too early, the broker has forgotten what the log never had."""
    bridge = fragile_home.bridge(module=module)
    bridge.start()
    alice, _ = fragile_home.person("alice"), fragile_home.person("bob")
    await bridge.becomes("ok")
    own_redis.freeze()
    sent = alice.send("bob", 50)
    await bridge.counted("received" if module == "bridge" else "acknowledged", 50)
    bridge.stop(KILL)
    own_redis.stop(KILL)
    own_redis.start()
    honest = fragile_home.bridge("two")
    honest.start()
    sent += alice.send("bob")
    if module != "bridge":
        alice.stored_up_to(sent[-1])
        with pytest.raises(AssertionError, match="lost"):
            check(sent, ids(await fragile_home.entries(1)))
    else:
        assert alice.stored(51).keys() == set(sent)
        check(sent, ids(await fragile_home.entries(51)))


async def test_while_redis_is_away_what_is_pending_is_bounded_and_nothing_is_lost(
    fragile_home: House, own_redis: RedisServer
) -> None:
    bridge = fragile_home.bridge()
    bridge.start()
    alice, _ = fragile_home.person("alice"), fragile_home.person("bob")
    await bridge.becomes("ok")
    own_redis.freeze()
    sent = alice.send("bob", 500)
    facts = await bridge.becomes("waiting")
    for _ in range(25):
        sent += alice.send("bob", 500)
    assert bridge.look()["pending"] <= facts["pending"] + ONE_READ, "reading is held"
    own_redis.stop(KILL)
    own_redis.start()
    assert alice.stored(len(sent)).keys() == set(sent)
    check(sent, ids(await fragile_home.entries(len(sent))))
    assert "xasup_bridge_terms_total 1.0" in bridge.page("metrics"), "it has kept its connection"


async def test_a_newcomer_takes_over_with_traffic_flowing_and_back_when_it_is_killed(home: House) -> None:
    one, two = home.bridge("one"), home.bridge("two")
    one.start()
    alice, _ = home.person("alice"), home.person("bob")
    await one.becomes("ok")
    sent: list[str] = []
    flowing = asyncio.Event()
    flowing.set()

    async def flow() -> None:
        while flowing.is_set():
            sent.extend(alice.send("bob", 20))
            await asyncio.sleep(0.002)

    traffic = asyncio.create_task(flow())
    await one.counted("acknowledged", 100)
    two.start()
    await one.becomes("standby")
    facts = await two.becomes("ok")
    await two.counted("acknowledged", facts["acknowledged"] + 100)
    two.stop(KILL)
    async with asyncio.timeout(2):
        await one.becomes("ok")
    await one.counted("acknowledged", one.look()["acknowledged"] + 100)
    flowing.clear()
    await traffic
    entries = await home.entries(len(sent))
    check(sent, ids(entries))
    alice.offer_again()  # news that was on its way when its bridge was killed is lost
    heard = alice.stored(len(sent))
    assert heard == {id: str(entry.position) for id, entry in zip(sent, entries, strict=True)}
    assert len(await home.entries(len(sent))) == len(sent)


async def test_after_a_restart_of_the_broker_it_is_at_work_again(home: House) -> None:
    bridge = home.bridge()
    bridge.start()
    alice, _ = home.person("alice"), home.person("bob")
    await bridge.becomes("ok")
    home.broker.stop()
    await bridge.becomes("waiting")
    home.broker.start()
    await bridge.becomes("ok")
    alice, _ = home.person("alice"), home.person("bob")
    sent = alice.send("bob", 3)
    assert list(alice.stored(3)) == sent
    assert "xasup_bridge_session_resets_total 0.0" in bridge.page("metrics")


async def test_a_session_that_the_broker_has_lost_is_counted_and_told(home: House) -> None:
    bridge = home.bridge()
    bridge.start()
    await bridge.becomes("ok")
    home.broker.stop(KILL)
    (home.broker.settings.mosquitto / "sessions.db").unlink(missing_ok=True)
    home.broker.start()
    await bridge.becomes("ok")
    assert "xasup_bridge_session_resets_total 1.0" in bridge.page("metrics")
    assert "has lost the bridge's session" in bridge.log


def test_a_marker_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Marker(tmp_path / "file" / "session").subscribed(present=False)


async def test_decisions_are_in_the_log_without_what_they_do_to_the_directory(home: House, redis: RedisServer) -> None:
    bridge = home.bridge()
    edits = tuple([set_device(*it) for it in home.records("carol:phone")])
    change = changes.Change("devices.link", "admin", 7, subject=("carol", "phone"), edits=edits)
    async with open_truth(redis.url) as truth:
        done = await truth.commit(Step(change=changes.encode(change)))
        assert isinstance(done, Committed)
        bridge.start()
        (entry,) = await home.entries(1, Stream.CONTACTS)
        async with asyncio.timeout(5):
            while (await truth.get([decisions.NAME]))[0] != done.position.encode():
                await asyncio.sleep(0.01)  # stored a moment after the append
    assert entry.key == b"carol"
    assert json.loads(entry.value) == {"what": "devices.link", "by": "admin", "ts": 7, "subject": ["carol", "phone"]}
    assert (entry.headers["ce_id"], entry.headers["ce_type"]) == (done.position.encode(), b"xasup.decision")


async def test_a_bridge_without_its_token_says_so(home: House) -> None:
    bridge = home.bridge()
    bridge.secret.unlink()
    with pytest.raises(AssertionError, match="the token of a service cannot be read"):
        bridge.start()


@pytest.mark.xdist_group("kafka")
async def test_the_same_with_kafka(tmp_path: Path, redis: RedisServer, lone_kafka: KafkaServer) -> None:
    with house_of(tmp_path, redis.url, **lone_kafka.settings) as home:
        bridge = home.bridge()
        bridge.start()
        alice, _ = home.person("alice"), home.person("bob")
        await bridge.becomes("ok")
        sent = alice.send("bob", 200)
        stored = alice.stored(200)
        bridge.restart(KILL)
        again = alice.message("bob", sent[0]), alice.message("bob", "new")
        alice.client.publish_all(again)
        assert alice.event("rejected")["id"] == sent[0], "what it appended before is known again"
        entries = await home.entries(201)
        check([*sent, "new"], ids(entries))
        assert stored == {id: str(entry.position) for id, entry in zip(sent, entries, strict=False)}
