"""A real broker that lives through the steps; every answer and every delivery is held against the rules.

All ears listen to everything since a former life of the broker, in which its plugin said yes to all: what they hear is
what the plugin lets through at delivery. Refuses to know: how steps are chosen, what to do about a difference.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.broker.model import rules
from tests.broker.model.house import House, version_of
from tests.broker.model.moves import EARS, MOUTHS, Connect, Listen, Say, Step
from tests.broker.model.rules import Publish, Welcome
from tests.support.broker import TestBroker
from tests.support.raw_mqtt import REFUSED, V5, V311, Got, Out, RawClient

_DROPPED = "$SYS/broker/publish/messages/dropped"
_TAKEN = (0, 0x10)  # 0x10: and nobody listens


@dataclass(frozen=True, slots=True)
class Said:
    """A publish that was tried, with all that was true against it."""

    say: Say
    payload: bytes
    against: frozenset[str]


class Stage:
    """*broker*: running, with a plugin that says yes to everybody; from now on it runs with *plugin*."""

    def __init__(self, broker: TestBroker, plugin: Path) -> None:
        self._house = House(broker)
        self._number = 0
        self._kept: dict[str, Said] = {}  # what is retained, by topic
        self._owed: dict[str, list[Said]] = {}  # to ears that are away
        self._refused: dict[tuple[str, str], set[str]] = defaultdict(set)  # reasons, by user and topic
        self.tally: Counter[tuple[str, str, str]] = Counter()  # by what, MQTT version, outcome
        for client in EARS:
            with self._house.enter(client) as ear:
                assert ear.subscribe_all(["#", _DROPPED], qos=_quality(client)) == [_quality(client)] * 2
        broker.stop()
        broker.start(plugin)
        self._ears = {client: self._house.enter(client) for client in EARS}
        self._mouths = {client: self._house.enter(client) for client in MOUTHS}

    def play(self, step: Step) -> list[str]:
        """What the broker did otherwise than the rules say; empty: nothing."""
        self._house.become(step.changes, afresh=step.afresh)
        with self._house.as_it_is():
            differences = [
                *self._returns(),
                *self._connects([each for each in step.attempts if isinstance(each, Connect)]),
                *self._listens([each for each in step.attempts if isinstance(each, Listen)]),
            ]
            self._leave(step.away)
            return [*differences, *self._says([each for each in step.attempts if isinstance(each, Say)])]

    def _leave(self, ears: Iterable[str]) -> None:
        for client in ears:
            if client in self._ears:
                self._ears.pop(client).leave()
                self._owed[client] = []

    def _returns(self) -> Iterator[str]:
        """Those who went away in an earlier step come back where the rules let them, to what is still theirs."""
        for client in list(self._owed):
            raw = self._house.attempt(client)
            yield from self._welcomed(Connect(client, _user(client), "right", version_of(client)), raw)
            if raw.code == 0:
                self._ears[client] = raw
                yield from self._heard(client, raw, self._owed.pop(client))

    def _connects(self, connects: Sequence[Connect]) -> Iterator[str]:
        for each in connects:
            secret = self._house.secret(each.client, each.secret)
            raw = RawClient(self._house.broker.port, each.client, each.username, secret, version=each.version)
            yield from self._welcomed(each, raw)
            raw.leave()

    def _welcomed(self, each: Connect, raw: RawClient) -> Iterator[str]:
        secret = self._house.secret(each.client, each.secret)
        expected = rules.welcome(self._house.world, each.client, each.username, secret, _now())
        no = 5 if each.version == V311 else REFUSED
        self._count("CONNECT", each.version, expected.value)
        if raw.code != {Welcome.YES: 0, Welcome.NO: no, Welcome.SILENCE: -1}[expected]:
            yield f"{each}: the rules say {expected.value}, the broker {raw.code}"

    def _listens(self, listens: Sequence[Listen]) -> Iterator[str]:
        for client, mouth in self._mouths.items():
            filters = list(dict.fromkeys(each.filter for each in listens if each.client == client))
            allowed = [filter for filter in filters if rules.may_subscribe(self._house.world, client, filter, _now())]
            no = REFUSED if mouth.version == V5 else 0x80
            for filter, code in zip(filters, mouth.subscribe_all(filters), strict=True):
                self._count("SUBSCRIBE", mouth.version, "allowed" if filter in allowed else "refused")
                if code != (1 if filter in allowed else no):
                    yield f"{Listen(client, filter)}: the broker says {code:#x}, the rules otherwise"
            mouth.unsubscribe_all(filters)
            yield from self._retained(
                client, {got for got in mouth.got() if not got.topic.startswith("$SYS/")}, allowed
            )

    def _retained(self, client: str, got: set[Got], filters: list[str]) -> Iterator[str]:
        """What was kept in presence comes with a subscription, to whom it may."""
        due = {
            Got(topic, said.payload, min(said.say.qos, 1), True)
            for topic, said in self._kept.items()
            if any(_covers(filter, topic) for filter in filters)
            and rules.may_read(self._house.world, client, topic, _now())
        }
        for each in got ^ due:
            yield f"{client} {'got' if each in got else 'did not get'} the retained {each.topic}"

    def _says(self, says: Sequence[Say]) -> Iterator[str]:
        said = [self._tried(each) for client in self._mouths for each in says if each.client == client]
        for client, mouth in self._mouths.items():
            mine = [each for each in said if each.say.client == client]
            outs = [Out(each.say.topic, each.payload, each.say.qos, each.say.retain) for each in mine]
            for each, code in zip(mine, mouth.publish_all(outs), strict=True):
                yield from self._answered(each, code, mouth.version)
            if mouth.got():
                yield f"{client} got what it is not subscribed to"
        allowed = [each for each in said if not each.against]
        self._kept |= {each.say.topic: each for each in allowed if each.say.retain}
        for client, owed in self._owed.items():
            owed += [each for each in self._due(client, allowed) if each.say.qos]
        for client, ear in self._ears.items():
            yield from self._heard(client, ear, allowed)

    def _tried(self, say: Say) -> Said:
        self._number += 1
        payload = str(self._number).encode().ljust(say.size)
        publish = Publish(say.topic, say.retain, len(payload))
        against = frozenset(rules.objections(self._house.world, say.client, publish, _now()))
        self._refused[_user(say.client), _shown(say.topic)] |= against
        return Said(say, payload, against)

    def _answered(self, said: Said, code: int | None, version: int) -> Iterator[str]:
        self._count("PUBLISH", version, "refused" if said.against else "allowed")
        if said.say.qos == 0:
            return
        expected = (REFUSED,) if said.against and version == V5 else _TAKEN
        if code not in expected:
            yield f"{said.say}: the broker says {code}, the rules {', '.join(said.against) or 'allowed'}"

    def _due(self, client: str, said: Iterable[Said]) -> list[Said]:
        now = _now()
        return [each for each in said if rules.may_read(self._house.world, client, each.say.topic, now)]

    def _heard(self, client: str, ear: RawClient, said: Iterable[Said]) -> Iterator[str]:
        due = Counter(
            Got(each.say.topic, each.payload, min(each.say.qos, _quality(client)), False)
            for each in self._due(client, said)
        )
        got: Counter[Got] = Counter()
        while arrived := ear.got():  # again: what was acknowledged made room for more
            got.update(arrived)
        own = {each for each in got if each.topic.endswith("/event/broker") or each.topic.startswith("$SYS/")}
        for each in own:
            yield from self._told(client, each)
        self.tally["delivery", _named(ear.version), "came"] += due.total()
        messages = Counter({each: count for each, count in got.items() if each not in own})
        for each in messages - due:
            yield f"{client} should not have got {each.payload[:20]!r} on {each.topic}"
        for each in due - messages:
            yield f"{client} should have got {each.payload[:20]!r} on {each.topic}"

    def _told(self, client: str, got: Got) -> Iterator[str]:
        """What the broker itself says: to whom it concerns, and the truth."""
        if got.topic.startswith("$SYS/"):  # at any time, perhaps before the last change
            if got.topic != _DROPPED or _user(client) != "svc-bridge":
                yield f"{client} should not have got {got.topic}"
            return
        event = json.loads(got.payload)
        self.tally["refusal", "told", event["reason"]] += 1
        if got.topic != f"xasup/v1/u/{_user(client)}/event/broker":
            yield f"{client} was told {got}, which is not theirs"
        elif event["reason"] not in self._refused[_user(client), event["topic"]]:
            yield f"{client} was told {event}, which is not true"

    def _count(self, what: str, version: int, outcome: str) -> None:
        self.tally[what, _named(version), outcome] += 1


def _user(client: str) -> str:
    return client.partition(":")[0]


def _named(version: int) -> str:
    return "5" if version == V5 else "3.1.1"


def _quality(client: str) -> int:
    return 1 if client.endswith("ear5") else 0


def _shown(topic: str) -> str:
    """A topic as it is told: 127 bytes of it, and what is not visible ASCII is `?`."""
    return "".join(chr(byte) if 0x20 < byte < 0x7F and byte not in b'"\\' else "?" for byte in topic.encode()[:127])


def _covers(filter: str, topic: str) -> bool:
    want, have = filter.split("/"), topic.split("/")
    if want[-1] == "#":
        return have[: len(want) - 1] == want[:-1]
    return len(want) == len(have) and all(one in ("+", other) for one, other in zip(want, have, strict=True))


def _now() -> int:
    return int(time.time())
