"""The table of rights, tried on the model and on a real Mosquitto: what it answers, and what arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.table import CAST, HIKERS, Case, cases, client, directory
from tests.support.broker import FOREVER, TestBroker, build_plugin
from tests.support.raw_mqtt import REFUSED, V5, V311, Out, RawClient
from xasup.protocol import topics
from xasup.protocol.access import DROPPED, Attempt, Operation, Reason, may
from xasup.protocol.directory import MemoryDirectory
from xasup.protocol.ids import UserId
from xasup.protocol.streams import ROUTES
from xasup.runtime.settings import PLUGIN

EVERYTHING = [case for operation in Operation for case in cases(operation)]
VERSIONS = pytest.mark.parametrize("version", [V311, V5], ids=["3.1.1", "5"])


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    with TestBroker(tmp_path_factory.mktemp("table")) as broker:
        broker.rebuild(directory())
        yield broker


def test_the_model_says_what_the_table_says() -> None:
    facts = MemoryDirectory(directory())
    wrong = [
        f"{case}, but the model says {said}"
        for case in EVERYTHING
        if (said := may(Attempt(case.client, case.operation, case.topic, case.retain), facts, now=0))
        is not case.expected
    ]
    assert wrong == []


def test_the_plugins_table_has_the_topics_of_the_protocol_and_no_others() -> None:
    source = (PLUGIN.parent / "xasup_acl.c").read_text()
    rows = re.findall(r'\{(WRITE|READ), "(\w+)", "\*", "(\w+)", "\*", [\w |]+\}', source)
    spelled = {(str(space), str(kind)) for space, kinds in topics.KINDS.items() for kind in kinds}
    assert sorted(rows) == sorted((operation, *pair) for operation in ("READ", "WRITE") for pair in spelled)


def test_every_reason_of_the_plugin_is_a_reason_of_the_model() -> None:
    source = (PLUGIN.parent / "xasup_acl.c").read_text()
    spelled = {word for word in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source) if not word.startswith("svc-")}
    assert spelled == {reason for reason in Reason if reason is not Reason.OK}


def test_the_bridge_may_mirror_what_has_a_route_and_nothing_else() -> None:
    source = (PLUGIN.parent / "xasup_acl.c").read_text()
    rows = re.findall(r'\{SUBSCRIBE, "(\w+)", "\+", "(\w+)", "([^"]+)", NOBODY \| MIRRORED\}', source)
    filters = {"/".join(("xasup/v1", space, "+", kind, actor)) for space, kind, actor in rows}
    assert filters == {route.filter for route in ROUTES.values()}
    assert f'DROPPED[] = "{DROPPED}"' in source


@VERSIONS
def test_write(broker: TestBroker, version: int) -> None:
    assert wrong_writes(broker, version) == []


@VERSIONS
def test_subscribe(broker: TestBroker, version: int) -> None:
    assert wrong_subscriptions(broker, version) == []


@VERSIONS
def test_read(tmp_path: Path, always_yes: Path, version: int) -> None:
    with TestBroker(tmp_path, plugin=always_yes) as broker:
        broker.rebuild(directory())
        assert wrong_reads(broker, version, build_plugin()) == []


def wrong_writes(broker: TestBroker, version: int) -> list[str]:
    """Cases where the broker's answer, or what arrived where it should, differs from the table."""
    ears = [
        subscribed(broker, "alice:ear", topics.mailbox(UserId("alice"))),
        subscribed(broker, "bob:ear", topics.mailbox(UserId("bob")), topics.presence(UserId("alice"))),
        subscribed(broker, "carol:ear", topics.mailbox(UserId("carol"))),
        subscribed(broker, "mona:ear", topics.group_mailbox(HIKERS)),
        subscribed(broker, "svc-contacts:ear", topics.requests("contacts")),
    ]
    tried = {f"{number}": case for number, case in enumerate(cases(Operation.WRITE))}
    codes: dict[str, int | None] = {}
    for actor in CAST:
        mine = {key: case for key, case in tried.items() if case.actor == actor}
        with broker.client(client(actor), version=version) as raw:
            answers = raw.publish_all([Out(case.topic, key.encode(), retain=case.retain) for key, case in mine.items()])
            codes |= dict(zip(mine, answers, strict=True))
    arrived = {message.payload.decode() for ear in ears for message in ear.got()}
    for ear in ears:
        ear.leave()
    return [*_wrong_codes(tried, codes, version), *_wrong_arrivals(tried, arrived)]


def _wrong_codes(tried: dict[str, Case], codes: dict[str, int | None], version: int) -> Iterator[str]:
    for key, case in tried.items():
        code = codes[key]
        allowed = case.expected is Reason.OK
        good = code == REFUSED if not allowed and version == V5 else code in (0, 0x10)
        if not good:
            yield f"{case}, but the PUBACK said {code}"


def _wrong_arrivals(tried: dict[str, Case], arrived: set[str]) -> Iterator[str]:
    for key, case in tried.items():
        if (case.expected is Reason.OK and _has_an_ear(case)) != (key in arrived):
            yield f"{case}, but it {'arrived' if key in arrived else 'did not arrive'}"


def _has_an_ear(case: Case) -> bool:
    """Whether somebody listens where it should arrive."""
    mailboxes = ("xasup/v1/u/alice/", "xasup/v1/u/bob/", "xasup/v1/u/carol/", "xasup/v1/g/hikers/")
    return case.topic.startswith((*mailboxes, "xasup/v1/svc/contacts/"))


def wrong_subscriptions(broker: TestBroker, version: int) -> list[str]:
    """Cases where the SUBACK differs from the table."""
    wrong = []
    for actor in CAST:
        mine = [case for case in cases(Operation.SUBSCRIBE) if case.actor == actor]
        with broker.client(client(actor), version=version) as raw:
            codes = raw.subscribe_all([case.topic for case in mine])
        expected = [1 if case.expected is Reason.OK else REFUSED if version == V5 else 0x80 for case in mine]
        wrong += [
            f"{case}, but the SUBACK said {code:#x}"
            for case, code, want in zip(mine, codes, expected, strict=True)
            if code != want
        ]
    return wrong


def wrong_reads(broker: TestBroker, version: int, plugin: Path) -> list[str]:
    """Cases where a delivery differs from the table. *broker* still says yes to everything, so all subscribe to all;
    then it is started again with *plugin*, which has to hold back what is not theirs."""
    for actor in CAST:
        with all_ears(broker, actor, version) as ear:
            assert ear.subscribe("#", qos=0) == 0
            assert ear.subscribe(DROPPED) == 1, "it is told at the start, and has to wait"
    broker.stop()
    broker.start(plugin)
    ears = {actor: all_ears(broker, actor, version) for actor in CAST}
    assert all(ear.session_present for ear in ears.values())
    tried = cases(Operation.READ)
    for topic in dict.fromkeys(case.topic for case in tried):
        writer = service(topic) if "/event/" in topic else topic.rpartition("/")[2]
        if topic != DROPPED:
            with broker.client(f"{writer}:mouth") as mouth:
                assert mouth.publish(topic, topic.encode()) == 0
    arrived = {(actor, message.topic) for actor, ear in ears.items() for message in ear.got()}
    return [
        f"{case}, but it {'arrived' if (case.actor, case.topic) in arrived else 'did not arrive'}"
        for case in tried
        if (case.expected is Reason.OK) != ((case.actor, case.topic) in arrived)
    ]


def service(topic: str) -> str:
    """The account that speaks as the service at the end of the topic."""
    return f"svc-{topic.rpartition('/')[2]}"


def all_ears(broker: TestBroker, actor: str, version: int) -> RawClient:
    return broker.client(client(actor), version=version, clean=False, expiry=FOREVER if version == V5 else 0)


def subscribed(broker: TestBroker, name: str, *filters: str) -> RawClient:
    raw = broker.client(name)
    assert raw.subscribe_all(filters) == [1] * len(filters)
    return raw
