"""Random attempts in random states of the directory: the broker and the model must say the same to each.

One broker and one set of connections for all. Each connection listens to everything, at QoS 0, since a former life of
the broker in which the plugin said yes to all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.broker import FOREVER, TestBroker, device, person
from tests.support.raw_mqtt import V5, V311, Out, RawClient
from xasup.protocol.access import DROPPED, Attempt, Operation, Reason, may
from xasup.protocol.directory import Edit, Flag, MemoryDirectory, Role, set_contact, set_member
from xasup.protocol.ids import ClientId, GroupId, UserId
from xasup.runtime.settings import PLUGIN

WHO = ("alice", "bob", "carol", "svc-contacts", "svc-groups", "svc-bridge")
GROUPS = ("hikers", "chess")
VERSION = {"five": V5, "three": V311}  # devices
TRIES = 120  # in each state of the directory
NOBODY_SPECIAL = Flag(0)
NOT_DECIDED_HERE = {Reason.BAD_CREDENTIALS, Reason.TOO_LARGE, Reason.TOO_FAST, Reason.DIRECTORY_UNAVAILABLE}
PAST, NOW, FUTURE = 1_000_000_000, 1_800_000_000, 4_000_000_000  # seconds since the epoch

NAMES = [
    *WHO * 4,
    *GROUPS * 4,
    *("contacts", "groups", "broker", "nobody", "svc-", "a", "x" * 32),
    *("", "+", "x" * 33, "svc-" + "x" * 29, "Alice", "álice", "аlice", "al ice", "al.ice", "-a", "_a", "a\\", '"a"'),
]
SPACES = ["u", "u", "u", "u", "g", "g", "g", "svc", "svc", "U", "", "+", "x"]
KINDS = ["msg", "msg", "receipt", "typing", "event", "presence", "presence", "request", "request", "Msg", "", "+", "#"]


@dataclass(frozen=True)
class Try:
    client: str
    operation: Operation
    topic: str
    retain: bool = False

    def attempt(self) -> Attempt:
        return Attempt(ClientId.parse(self.client), self.operation, self.topic, self.retain)


def near_topic(dice: Random, client: str) -> str:
    """Mostly as it should be, or nearly; sometimes a level more or less, or something before."""
    me = client.partition(":")[0]
    owner = dice.choice([*NAMES, me, me])
    actor = dice.choice([me, me, me.removeprefix("svc-"), owner, dice.choice(NAMES)])
    levels = ["xasup", "v1", dice.choice(SPACES), owner, dice.choice(KINDS), actor]
    match dice.randrange(20):
        case 0:
            levels.append(dice.choice(NAMES))
        case 1:
            levels.pop(dice.randrange(6))
        case 2:
            levels.insert(0, dice.choice(["", "$share", "$SYS", "$CONTROL"]))
        case 3:
            levels = ["$share", "group", *levels]
        case 4:
            levels[1] = dice.choice(["v2", "V1", "", "+"])
        case 5 | 6 | 7:
            levels[4:] = ["#"]
        case 8 | 9:
            levels[2:] = ["svc", dice.choice([owner, actor]), "request", "+"]
        case 10:
            levels[2:] = [dice.choice("ug"), "+", dice.choice(KINDS), dice.choice(["+", "groups"])]
        case 11:
            levels = dice.choice([DROPPED, f"/{DROPPED}", f"{DROPPED}/x", DROPPED[:-1], f"$share/x/{DROPPED}"]).split(
                "/"
            )
    return "/".join(levels)


def a_try(dice: Random) -> Try:
    """Something that MQTT itself allows to be asked."""
    client = f"{dice.choice(WHO)}:{dice.choice(list(VERSION))}"
    operation = dice.choice([Operation.WRITE, Operation.WRITE, Operation.SUBSCRIBE])
    askable = _can_be_published if operation is Operation.WRITE else _can_be_subscribed
    topic = next(topic for topic in iter(lambda: near_topic(dice, client), None) if askable(topic))
    return Try(client, operation, topic, operation is Operation.WRITE and dice.random() < 0.3)


def _can_be_published(topic: str) -> bool:
    return topic != "" and not set(topic) & set("+#")


def _can_be_subscribed(filter: str) -> bool:
    levels = filter.split("/")
    if filter == "" or "#" in levels[:-1] or any(len(level) > 1 and set(level) & set("+#") for level in levels):
        return False
    return levels[0] != "$share" or (len(levels) > 2 and levels[1] not in ("", "+", "#") and "/".join(levels[2:]) != "")


def some_directory(dice: Random) -> list[Edit]:
    """Any edges; now and then somebody suspended, a service without its flag, a device expired or not there."""
    edits: list[Edit] = []
    for who in WHO:
        usual = Flag.SERVICE if who.startswith("svc-") else NOBODY_SPECIAL
        unusual = [NOBODY_SPECIAL, Flag.SERVICE, Flag.SUSPENDED, usual | Flag.SUSPENDED]
        edits += person(f"{who}:five", dice.choice([*[usual] * 12, *unusual]))
        expires = dice.choice([*[0] * 8, PAST, FUTURE, None])
        edits += [device(f"{who}:three", expires)] if expires is not None else []
        if dice.random() < 0.05:
            edits = [edit for edit in edits if edit.key != f"u/{who}".encode()]
        edits += [set_contact(UserId(who), UserId(other), True) for other in WHO if dice.random() < 0.5]
        edits += [set_member(GroupId(group), UserId(who), Role.MEMBER) for group in GROUPS if dice.random() < 0.5]
    return edits


class Arena:
    """Everybody connected, with MQTT 3.1.1 and 5, and listening to everything."""

    def __init__(self, broker: TestBroker, plugin: Path) -> None:
        self.broker = broker
        self._cells: dict[bytes, bytes] = {}
        self._examples = count()
        self.become([edit for who in WHO for name in VERSION for edit in person(f"{who}:{name}")])
        for raw in self._connected().values():
            assert raw.subscribe("#", qos=0) == 0
        broker.stop()
        broker.start(plugin)
        self.clients = self._connected()

    def _connected(self) -> dict[str, RawClient]:
        return {
            f"{who}:{name}": self.broker.client(
                f"{who}:{name}", clean=False, version=version, expiry=FOREVER if version == V5 else 0
            )
            for who in WHO
            for name, version in VERSION.items()
        }

    def become(self, edits: list[Edit]) -> MemoryDirectory:
        """The directory holds just these, from the next packet on."""
        wanted = MemoryDirectory(edits)
        gone = [Edit(key, None) for key in self._cells if key not in wanted.cells]
        changed = [Edit(key, value) for key, value in wanted.cells.items() if self._cells.get(key) != value]
        self.broker.apply(gone, changed)
        self._cells = dict(wanted.cells)
        return wanted

    def differences(self, edits: list[Edit], tries: list[Try]) -> Iterator[str]:
        """Where the broker does not do what the model says."""
        facts, example = self.become(edits), next(self._examples)
        numbered = {f"{example}-{number}": each for number, each in enumerate(tries)}
        verdicts = {key: may(each.attempt(), facts, NOW) for key, each in numbered.items()}
        yield from self._answers(numbered, verdicts)
        yield from self._arrivals(numbered, verdicts, facts)

    def _answers(self, numbered: dict[str, Try], verdicts: dict[str, Reason]) -> Iterator[str]:
        for client, raw in self.clients.items():
            mine = {key: each for key, each in numbered.items() if each.client == client}
            writes = {key: each for key, each in mine.items() if each.operation is Operation.WRITE}
            filters = {key: each.topic for key, each in mine.items() if each.operation is Operation.SUBSCRIBE}
            outs = [Out(each.topic, key.encode(), retain=each.retain) for key, each in writes.items()]
            codes = dict(zip(writes, raw.publish_all(outs), strict=True)) if raw.version == V5 else {}
            if raw.version == V311:
                raw.publish_all(outs)  # the PUBACK says nothing
            codes |= zip(filters, raw.subscribe_all(filters.values()), strict=True)
            raw.unsubscribe_all(list(filters.values()))
            for key, code in codes.items():
                refused = code is not None and code >= 0x80
                if refused != (verdicts[key] is not Reason.OK):
                    yield f"{numbered[key]}: the model says {verdicts[key]}, the broker {code:#x}"

    def _arrivals(self, numbered: dict[str, Try], verdicts: dict[str, Reason], facts: MemoryDirectory) -> Iterator[str]:
        written = {
            key: each.topic
            for key, each in numbered.items()
            if each.operation is Operation.WRITE and verdicts[key] is Reason.OK
        }
        for client, raw in self.clients.items():
            reader = ClientId.parse(client)
            right = {
                key
                for key, topic in written.items()
                if may(Attempt(reader, Operation.READ, topic), facts, NOW) is Reason.OK
            }
            arrived = {message.payload.decode() for message in raw.got()} & numbered.keys()
            for key in right ^ arrived:
                yield f"{numbered[key]}: {client} {'should not have got' if key in arrived else 'should have got'} it"


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory, always_yes: Path) -> Iterator[Arena]:
    with TestBroker(tmp_path_factory.mktemp("random"), plugin=always_yes) as broker:
        yield Arena(broker, PLUGIN)


@given(st.randoms(use_true_random=True))
@settings(max_examples=100)
def test_broker_and_model_agree(arena: Arena, dice: Random) -> None:
    assert list(arena.differences(some_directory(dice), [a_try(dice) for _ in range(TRIES)])) == []


def test_random_attempts_reach_every_answer() -> None:
    dice, seen = Random(1), set()
    for _ in range(40):
        facts = MemoryDirectory(some_directory(dice))
        tries = [a_try(dice) for _ in range(TRIES)]
        seen |= {(each.operation, may(each.attempt(), facts, NOW)) for each in tries}
    writes = set(Reason) - {*NOT_DECIDED_HERE, Reason.NOT_YOURS}
    subscribes = writes - {Reason.NO_RETAIN, Reason.NOT_YOU} | {Reason.NOT_YOURS}
    assert seen == {(Operation.WRITE, each) for each in writes} | {(Operation.SUBSCRIBE, each) for each in subscribes}


def test_random_attempts_notice_a_plugin_that_always_says_yes(tmp_path: Path, always_yes: Path) -> None:
    with TestBroker(tmp_path, plugin=always_yes) as broker:
        arena = Arena(broker, always_yes)
        tries = [Try("carol:five", Operation.WRITE, "xasup/v1/u/alice/msg/carol")]
        assert len(list(arena.differences([], tries))) > len(WHO)
