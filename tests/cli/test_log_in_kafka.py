"""A backend with its log in a real Kafka: what `xasup status`, `xasup log` and `xasup audit` make of it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.backend import Backend, people, running_backend
from tests.support.commands import XASUP
from tests.support.kafka import KafkaServer
from tests.support.status import all_well, environment, look_at
from xasup.protocol import envelope, topics
from xasup.protocol.envelope import Message
from xasup.protocol.ids import MessageId, UserId
from xasup.runtime.parts import DOWN, SILENT

pytestmark = pytest.mark.xdist_group("kafka")
SOON = 30.0  # seconds
PARTS = ["redis", "mosquitto", "projector", "contacts", "bridge", "history", "zookeeper", "kafka"]


@pytest.fixture(scope="module")
def in_kafka(kafka: KafkaServer) -> Iterator[Backend]:
    ports = {"kafka_port": kafka.port, "zookeeper_port": kafka.zookeeper_port}
    with running_backend(keys=(kafka.password_file,), log="kafka", **ports) as backend:
        yield backend


def xasup(backend: Backend, *arguments: str, code: int = 0) -> str:
    """What it prints."""
    done = subprocess.run(
        [*XASUP, *arguments], env=environment(backend), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done
    return done.stdout


def facts(backend: Backend, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in xasup(backend, *arguments, "--json").splitlines()]


async def all_are_well(backend: Backend) -> dict[str, Any]:
    """And history has told how far it is."""
    async with asyncio.timeout(SOON):
        while True:
            code, found = await look_at(backend)
            if all_well(found) and "lag_of_history" in found["kafka"]["figures"]:
                assert code == 0
                return found


async def test_both_have_a_row(in_kafka: Backend, own_kafka: KafkaServer) -> None:
    assert own_kafka.zookeeper is not None
    found = await all_are_well(in_kafka)
    assert list(found) == PARTS
    assert (found["kafka"]["pid"], found["zookeeper"]["pid"]) == (own_kafka.pid, own_kafka.zookeeper.pid)
    assert found["kafka"]["figures"].keys() == {"messages", "dead_letters", "lag_of_history"}


async def test_what_stands_still_or_is_gone_is_named(in_kafka: Backend, own_kafka: KafkaServer) -> None:
    assert own_kafka.zookeeper is not None
    own_kafka.zookeeper.freeze()
    own_kafka.freeze()
    code, found = await look_at(in_kafka)
    assert code == 1
    for name, pid in (("zookeeper", own_kafka.zookeeper.pid), ("kafka", own_kafka.pid)):
        assert (found[name]["state"], found[name]["pid"]) == (SILENT, pid)
        assert f"kill -CONT {pid}" in found[name]["advice"]
    own_kafka.stop(signal.SIGKILL)
    own_kafka.zookeeper.stop(signal.SIGKILL)
    code, found = await look_at(in_kafka)
    assert code == 1
    for name in ("zookeeper", "kafka"):
        assert (found[name]["state"], found[name]["pid"]) == (DOWN, None)
        assert "nobody listens on port" in found[name]["reason"]
    xasup(in_kafka, "log", "stats", code=2)
    own_kafka.heal()
    await all_are_well(in_kafka)


async def test_what_the_log_holds_is_shown_settled_and_checked(in_kafka: Backend) -> None:
    async with people(*await in_kafka.users("alice", "bob")) as (alice, bob):
        await in_kafka.friends(alice, bob)
        topic = topics.message(UserId(bob.user), UserId(alice.user))
        for number in (1, 2, 3):
            text = f"hello {number}"
            await alice.wire.publish(topic, envelope.encode(Message(MessageId(f"id{number}"), number, text)))
        await alice.wire.publish(topic, b'{"id":"odd"}')
        await alice.event("rejected")
        await alice.event("stored")
    conversation = f"{alice.user}:{bob.user}"
    lines = facts(in_kafka, "log", "tail", "--conversation", conversation)
    assert [json.loads(line["payload"])["text"] for line in lines] == ["hello 1", "hello 2", "hello 3"]
    assert xasup(in_kafka, "log", "tail", "--since", "1h").count(f"{alice.user} -> {bob.user}: hello") == 3
    by_stream = {line["stream"]: line for line in facts(in_kafka, "log", "stats")}
    assert by_stream["messages"]["records"] >= 3 and by_stream["messages"]["bytes"] is None
    assert by_stream["messages"]["first"] <= by_stream["messages"]["last"] == lines[-1]["at"]
    assert "history" in by_stream["messages"]["lag"]
    assert " B" not in xasup(in_kafka, "log", "stats").splitlines()[1], "a size that Kafka does not tell"
    letters = facts(in_kafka, "log", "dead-letters", "list")
    assert by_stream["dead-letters"]["records"] == len(letters) == 1, letters
    [letter] = letters
    assert '{"id":"odd"}' in xasup(in_kafka, "log", "dead-letters", "show", letter["position"])
    assert "still not understood" in xasup(in_kafka, "log", "dead-letters", "retry", "--all", code=1)
    assert "is dropped" in xasup(in_kafka, "log", "dead-letters", "drop", letter["position"])
    assert facts(in_kafka, "log", "dead-letters", "list") == []
    [report] = facts(in_kafka, "audit")
    assert report["ok"] and report["dropped"] == 0 and report["read"]["messages"] >= 3
