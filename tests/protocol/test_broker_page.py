"""docs/protocol/broker.md says what the model of the rules says."""

import re
from pathlib import Path

import pytest

from broker import config
from tests.support.tables import between
from xasup.protocol import access, directory, topics
from xasup.protocol.access import Attempt, Operation, Reason
from xasup.protocol.directory import Flag, MemoryDirectory, UserRecord
from xasup.protocol.ids import ClientId, GroupId, UserId
from xasup.protocol.streams import ROUTES
from xasup.runtime.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "protocol" / "broker.md"
ALICE, BOB, MALLORY = (UserId(name) for name in ("alice", "bob", "mallory"))
SERVICE, BRIDGE = UserId("svc-contacts"), UserId("svc-bridge")
EVERYBODY = {ALICE, BOB, MALLORY, SERVICE, BRIDGE}  # alice accepts bob, both are members of hikers

# Who the words of the page mean, where the owner is alice and bob the one who sends.
WHO = {
    "everybody": EVERYBODY,
    "members": {ALICE, BOB},
    "that service": {SERVICE},
    "the bridge": {BRIDGE},
    "whom `to` accepts": {BOB},
    "whom `user` accepts": {ALICE, BOB},  # everybody may look at themselves
    "`to`": {ALICE},
    "`to`; own devices": {ALICE, BOB},
    "whom `me` accepts; own devices": {ALICE, BOB},
}


@pytest.fixture(scope="module")
def facts() -> MemoryDirectory:
    group = GroupId("hikers")
    edits = [directory.set_contact(ALICE, BOB, True)]
    edits += [directory.set_member(group, user, directory.Role.MEMBER) for user in (ALICE, BOB)]
    for user in EVERYBODY:
        flags = Flag.SERVICE if user in (SERVICE, BRIDGE) else directory.NO_FLAGS
        edits.append(directory.set_user(user, UserRecord(flags)))
        edits.append(directory.set_device(client(user), directory.DeviceRecord(bytes(32))))
    return MemoryDirectory(edits)


def client(user: UserId) -> ClientId:
    return ClientId.parse(f"{user}:phone")


def rows(name: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = between(PAGE, name).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def spelled(pattern: str, me: str) -> str:
    """A topic or filter of the page for one who acts."""
    names = {"{to}": "alice", "{user}": "alice", "{group}": "hikers", "{service}": "contacts", "{me}": me}
    return re.sub(r"{\w+}", lambda found: names[found[0]], pattern.strip("`"))


def allowed(operation: Operation, pattern: str, facts: MemoryDirectory, *, sender: UserId | None = None) -> set[UserId]:
    """Who may; *sender*: where it is about what somebody else has sent."""
    attempts = {user: Attempt(client(user), operation, spelled(pattern, sender or user)) for user in EVERYBODY}
    return {user for user, attempt in attempts.items() if access.may(attempt, facts, 0) is Reason.OK}


def mirrored(topic: str, sender: UserId) -> bool:
    """Whether one of the bridge's filters, as the page has them, delivers the topic."""
    filters = [row[0].strip("`") for row in rows("filters") if row[1] == "the bridge"]
    levels = spelled(topic, sender).split("/")
    return any(all(want in ("+", has) for want, has in zip(each.split("/"), levels, strict=False)) for each in filters)


@pytest.mark.parametrize("row", rows("topics"), ids=lambda row: row[0])
def test_who_may_publish_and_who_receives(row: list[str], facts: MemoryDirectory) -> None:
    topic, qos, retained, publish, receive = row
    assert allowed(Operation.WRITE, topic, facts) == WHO[publish]
    sender = ALICE if "presence" in topic else BOB
    others = {BRIDGE} if mirrored(topic, sender) else set()
    assert allowed(Operation.READ, topic, facts, sender=sender) - {BRIDGE} == WHO[receive]
    assert allowed(Operation.READ, topic, facts, sender=sender) & {BRIDGE} == others
    attempt = Attempt(client(BOB), Operation.WRITE, spelled(topic, BOB), retain=True)
    assert (access.may(attempt, facts, 0) is Reason.NO_RETAIN) == (retained == "no")
    assert qos in ("0", "1")


def test_all_topics_are_there() -> None:
    parsed = [topics.parse(spelled(row[0], "bob")) for row in rows("topics")]
    assert {(it.space, it.kind) for it in parsed} == {
        (space, kind) for space, kinds in topics.KINDS.items() for kind in kinds
    }


@pytest.mark.parametrize("row", rows("filters"), ids=lambda row: row[0])
def test_who_may_subscribe(row: list[str], facts: MemoryDirectory) -> None:
    assert allowed(Operation.SUBSCRIBE, row[0], facts) == WHO[row[1]]


def test_all_filters_are_there() -> None:
    built = [topics.mailbox(BOB), topics.own(topics.Kind.MESSAGE, BOB), topics.own(topics.Kind.RECEIPT, BOB)]
    built += [topics.presence(ALICE), topics.group_mailbox(GroupId("hikers")), topics.requests("contacts")]
    built += [*(route.filter for route in ROUTES.values()), access.DROPPED]
    assert [spelled(row[0], "bob") for row in rows("filters")] == built


def test_every_reason_is_explained_or_said_to_be_unsaid() -> None:
    explained = [row[0].strip("`") for row in rows("reasons")]
    unsaid = re.findall(r"`([a-z-]+)`", between(PAGE, "unsaid"))
    assert sorted(explained + unsaid) == sorted(Reason)


def test_the_limits_are_those_of_the_broker() -> None:
    page = PAGE.read_text()
    values = dict(line.split(" ", 1) for line in config.text(Settings(), user="x").splitlines() if " " in line)
    assert f"{access.MAX_PAYLOAD:,} bytes; of a service {access.MAX_SERVICE_PAYLOAD:,}" in page
    assert f"{access.RATE:,}, and {access.RATE * access.DEPTH:,} at once" in page
    assert values["plugin_opt_rate"] == str(access.RATE)
    assert int(values["max_packet_size"]) > access.MAX_SERVICE_PAYLOAD
    assert f"{int(values['max_packet_size']):,} bytes" in page
    assert f"{int(values['max_queued_messages']):,} messages or {int(values['max_queued_bytes']) >> 20} MiB" in page
    assert f"| {values['max_inflight_messages']} |" in page
    assert values["persistent_client_expiration"] == "30d"
    assert "| 30 days |" in page


def test_the_words_of_the_page_could_be_wrong(facts: MemoryDirectory) -> None:
    """The comparison notices: nobody but bob may write to alice."""
    found = allowed(Operation.WRITE, "`xasup/v1/u/{to}/msg/{me}`", facts)
    assert found != WHO["everybody"]
    assert found != WHO["members"]
    assert MALLORY not in found
