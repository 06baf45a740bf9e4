"""Memberships that a crashed broker has forgotten are in the log before the messages that are offered again."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable

import pytest

from bridge import roll
from bridge.presence import ACCOUNT
from bridge.roll import NAME, Roll
from tests.bridge.house import House, Sender
from tests.support.raw_mqtt import Out
from tests.support.redis import RedisServer
from xasup.protocol import changes, codec, envelope, events, topics
from xasup.protocol.changes import Change, Notice
from xasup.protocol.directory import Flag, Role, UserRecord, set_member, set_user
from xasup.protocol.envelope import Message
from xasup.protocol.groups import Role as Part
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.wire.mqtt import Done
from xasup.wire.mqtt.intake import Delivery
from xasup.wire.truth import open_truth, tables
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Cell, Committed, Step, Truth

HIKERS, ALICE, BOB = GroupId("hikers"), UserId("alice"), UserId("bob")
NOTIFIER = Cell(tables.POSITIONS, tables.NOTIFIER)


def part(user: UserId, role: Part, ts: int = 1) -> Notice:
    payload = events.group(HIKERS, "Hikers", role, ALICE, ts)
    return Notice("groups", topics.event(user, "groups"), payload)


async def decide(truth: Truth, *notices: Notice) -> str:
    """Its position."""
    done = await truth.commit(Step(change=changes.encode(Change("groups.join", ALICE, 1, notices=notices))))
    assert isinstance(done, Committed)
    return done.position


# ---- with a real broker


def write(sender: Sender, number: int) -> Out:
    """To the group."""
    body = envelope.encode(Message(MessageId(f"m{number}"), number, "hello", number))
    return Out(topics.group_message(HIKERS, sender.user), body)


async def kinds(home: House, count: int) -> list[str]:
    """What the log holds, in order: the ids of messages, and who has which part."""
    return [str(json.loads(it.value).get("id") or it.headers["to"].decode()) for it in await home.entries(count)]


@pytest.fixture
def alice(home: House) -> Sender:
    """A member of the group."""
    alice = home.person("alice")
    members = [set_member(HIKERS, user, Role.MEMBER) for user in (ALICE, BOB)]
    home.broker.apply(
        members, set_user(UserId("svc-groups"), UserRecord(Flag.SERVICE)), home.device("svc-groups:local")
    )
    return alice


def crash(home: House) -> None:
    """The broker forgets all sessions."""
    home.broker.stop(signal.SIGKILL)
    (home.broker.settings.mosquitto / "sessions.db").unlink(missing_ok=True)
    home.broker.start()


@pytest.mark.parametrize("known", [True, False], ids=["in the truth", "control: nowhere else"])
async def test_a_membership_that_the_broker_forgot_comes_before_what_is_offered_again(
    home: House, alice: Sender, redis: RedisServer, known: bool
) -> None:
    bridge, news = home.bridge(), part(BOB, Part.MEMBER)
    bridge.start()
    await bridge.becomes("ok")
    bridge.freeze()
    async with open_truth(redis.url) as truth:
        await decide(truth, *([news] if known else []))
    service = home.broker.client("svc-groups:local")
    assert {
        service.publish(news.topic, codec.encode(news.payload)),
        alice.client.publish_all([write(alice, 1)])[0],
    } == {0}
    bridge.stop(signal.SIGKILL)
    crash(home)
    bridge.start()
    again = home.broker.client("alice:phone")
    assert again.publish_all([write(alice, 1)]) == [0]
    assert await kinds(home, 2 if known else 1) == (["bob", "m1"] if known else ["m1"])


async def test_in_a_session_that_stood_it_comes_behind_what_waited(
    home: House, alice: Sender, redis: RedisServer
) -> None:
    bridge = home.bridge()
    bridge.start()
    await bridge.becomes("ok")
    bridge.stop()
    assert alice.client.publish_all([write(alice, number) for number in (1, 2, 3)]) == [0, 0, 0]
    async with open_truth(redis.url) as truth:
        await decide(truth, part(BOB, Part.MEMBER))
        bridge.start()
        await bridge.counted("acknowledged", 3)
        assert alice.client.publish_all([write(alice, 4)]) == [0]
        assert await kinds(home, 5) == ["m1", "m2", "m3", "bob", "m4"]


async def test_what_the_log_has_is_not_said_again(home: House, alice: Sender, redis: RedisServer) -> None:
    async with open_truth(redis.url) as truth:
        position = await decide(truth, part(BOB, Part.MEMBER))
        bridge = home.bridge()
        bridge.start()
        async with asyncio.timeout(20):
            while (await truth.get([NAME]))[0] != position.encode():
                await asyncio.sleep(0.1)  # noted a few seconds after the append
    bridge.restart(signal.SIGKILL)
    assert alice.client.publish_all([write(alice, 1)]) == [0]
    assert await kinds(home, 2) == ["bob", "m1"]


# ---- by itself


class Post:
    """A broker whose deliveries are kept."""

    def __init__(self) -> None:
        self.waiting: list[Delivery] = []

    async def publish(self, topic: str, payload: bytes) -> None:
        self.publish_with(topic, payload, print)

    def publish_with(self, topic: str, payload: bytes, done: Done) -> None:
        self.waiting.append((topic.encode(), payload, len(self.waiting) + 1))

    @property
    def ids(self) -> list[str]:
        """Of the markers."""
        return [codec.decode_object(payload)["id"] for _, payload, _ in self.waiting]


async def called(truth: Truth, post: Post, waits: Callable[[str], None] = print) -> Roll:
    """One that has looked."""
    made = Roll(truth, post, lambda: f"marker-{len(post.waiting)}", waits)
    await made.look()
    return made


def said(taken: list[Delivery]) -> list[str]:
    """Whose part it is, and which; a marker's id."""
    fields = [(topic.decode().split("/")[3], codec.decode_object(payload)) for topic, payload, _ in taken]
    return [str(it.get("id") or f"{owner} {it['role']}") for owner, it in fields]


async def test_memberships_alone_are_said_in_the_order_of_the_decisions() -> None:
    truth, post, taken = MemoryTruth(clock=lambda: 0.0), Post(), list[Delivery]()
    other = Notice("groups", topics.event(BOB, "groups"), events.answer("g1", "join", group=HIKERS))
    everybody = Notice("groups", topics.group_event(HIKERS, "groups"), events.member(HIKERS, BOB, "member", BOB, 1))
    await decide(truth, part(BOB, Part.MEMBER), other, everybody)
    await decide(truth, part(BOB, Part.NONE, 2), part(ALICE, Part.OWNER, 2))
    take = await (await called(truth, post)).begin(taken.extend, empty=True)
    take(post.waiting)
    assert said(taken) == ["bob member", "bob none", "alice owner", "marker-0"]


async def test_what_is_decided_after_the_look_is_left_to_who_tells_it() -> None:
    truth, post, taken = MemoryTruth(clock=lambda: 0.0), Post(), list[Delivery]()
    await decide(truth, part(BOB, Part.MEMBER))
    made = await called(truth, post)
    await decide(truth, part(BOB, Part.NONE, 2))
    await made.begin(taken.extend, empty=True)
    assert said(taken) == ["bob member"]


async def test_a_marker_of_another_term_is_not_ours() -> None:
    truth, post, taken = MemoryTruth(clock=lambda: 0.0), Post(), list[Delivery]()
    await post.publish(topics.request("bridge", ACCOUNT), codec.encode(events.fence("old")))
    await decide(truth, part(BOB, Part.MEMBER))
    take = await (await called(truth, post)).begin(taken.extend, empty=False)
    assert taken == []
    take(post.waiting)
    assert said(taken) == ["old", "bob member", "marker-1"]


async def test_it_is_noted_when_the_marker_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "EVERY", 0.001)
    truth, post = MemoryTruth(clock=lambda: 0.0), Post()
    first = await decide(truth, part(BOB, Part.MEMBER))
    made = await called(truth, post)
    await made.begin(lambda taken: None, empty=True)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(made.keep())
        await asyncio.sleep(0.02)
        assert (await truth.get([NAME]))[0] is None
        made.passed("of another term")
        made.passed(post.ids[0])
        while (await truth.get([NAME]))[0] != first.encode():
            await asyncio.sleep(0.001)
        second = await decide(truth, part(BOB, Part.NONE, 2))
        await asyncio.sleep(0.02)
        assert len(post.ids) == 1, "the broker may not have it yet"
        await truth.commit(Step(put={NOTIFIER: second.encode()}))
        while len(post.ids) == 1:
            await asyncio.sleep(0.001)
        assert (await truth.get([NAME]))[0] == first.encode()
        made.passed(post.ids[1])
        while (await truth.get([NAME]))[0] != second.encode():
            await asyncio.sleep(0.001)
        keeping.cancel()


async def test_changes_that_are_gone_are_missed_aloud_and_the_bridge_goes_on() -> None:
    truth, post, taken = MemoryTruth(clock=lambda: 0.0), Post(), list[Delivery]()
    await truth.commit(Step(put={NAME: b"77-0"}))
    position = await decide(truth, part(BOB, Part.MEMBER))
    made = await called(truth, post)
    take = await made.begin(taken.extend, empty=True)
    take(post.waiting)
    assert (said(taken), position) == (["marker-0"], "1-0")


async def test_a_truth_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "AGAIN", 0.001)
    truth, reasons = MemoryTruth(clock=lambda: 0.0), list[str]()
    await truth.go_away()
    looking = asyncio.create_task(called(truth, Post(), reasons.append))
    await asyncio.sleep(0.02)
    assert not looking.done()
    truth.away = False
    await asyncio.wait_for(looking, 5)
    assert (reasons[0], reasons[-1]) == ("the truth is away", "")
