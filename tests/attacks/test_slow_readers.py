"""Who takes nothing of what is delivered: they are put out, the memory comes back, and others notice nothing.
(What waits for who is away, and windows: tests/broker/test_windows.py.)"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attacks import faulty
from tests.support.broker import TestBroker, device, person
from tests.support.raw_mqtt import Closed, Out, RawClient
from xasup.protocol import topics
from xasup.protocol.directory import Flag, set_contact
from xasup.protocol.ids import UserId

EVE, ALICE, BOB, CAROL = UserId("eve"), UserId("alice"), UserId("bob"), UserId("carol")
BRIDGE = "svc-bridge:d"
SECONDS = 3  # 180 outside of tests
LONG_ENOUGH = SECONDS + 4  # for what must not come
PATIENCE = 60  # until a test gives up waiting for what must come
LARGE = bytes(60_000)
MANY = 1500  # about 90 MB


@contextmanager
def town(folder: Path, plugin: Path | None = None, more: str = "") -> Iterator[TestBroker]:
    with TestBroker(folder, plugin=plugin, more=f"plugin_opt_stalled {SECONDS}\n{more}") as broker:
        broker.apply(person("eve:reader"), device("eve:writer"), person("alice:d"), person("bob:d"), person("carol:d"))
        broker.apply(person(BRIDGE, Flag.SERVICE), set_contact(BOB, EVE, True))
        broker.apply(set_contact(BOB, ALICE, True), set_contact(CAROL, EVE, True))
        yield broker


def memory(broker: TestBroker) -> int:
    """The most that was resident so far, in MiB."""
    assert broker.process is not None
    status = Path(f"/proc/{broker.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def watching(broker: TestBroker) -> RawClient:
    """carol hears the last words of eve, and nothing else."""
    watcher = broker.client("carol:d")
    assert watcher.subscribe(topics.mailbox(CAROL)) == 1
    return watcher


def stalled(broker: TestBroker, qos: int) -> None:
    """A reader that does not read, and a writer of the same user who writes to it."""
    reader = broker.client("eve:reader", will=Out(topics.message(CAROL, EVE), b"last words"))
    writer = broker.client("eve:writer")
    assert reader.subscribe(topics.mailbox(EVE), qos=qos) == qos
    for _ in range(MANY // 100):
        writer.publish_all([Out(topics.presence(EVE), LARGE)] * 100)


def stalled_bridge(broker: TestBroker, path: Path | None) -> RawClient:
    """Our bridge while its log is away: it takes nothing of all that eve writes to bob. *path*: the way it came; None:
    by the port."""
    bridge = broker.client(BRIDGE, path=path, will=Out(topics.event(CAROL, "bridge"), b"last words"))
    assert bridge.subscribe("xasup/v1/u/+/msg/+", qos=0) == 0
    writer = broker.client("eve:writer")
    for _ in range(MANY // 100):
        writer.publish_all([Out(topics.message(BOB, EVE), LARGE)] * 100)
    return bridge


def answered(broker: TestBroker) -> bool:
    """Whether bob gets a message of alice. (How soon, beside who floods: test_flood.py.)"""
    with broker.client("alice:d") as alice, broker.client("bob:d") as bob:
        assert bob.subscribe(topics.mailbox(BOB)) == 1
        assert alice.publish(topics.message(BOB, ALICE), b"hello") == 0
        return bob.await_message().payload == b"hello"


def await_last_words(watcher: RawClient, within: float = PATIENCE) -> bool:
    """Whether the broker ends a reader's connection: it tells its will. (The reader itself hears nothing: it takes
    nothing.)"""
    watcher.settimeout(within)
    try:
        return watcher.await_message().payload == b"last words"
    except TimeoutError:
        return False


def test_who_does_not_read_is_put_out_and_the_memory_is_there_for_others(tmp_path: Path) -> None:
    with town(tmp_path) as broker:
        watcher = watching(broker)
        stalled(broker, qos=0)
        taken = memory(broker)
        assert taken > 60, "it waits in memory"
        assert answered(broker)
        assert await_last_words(watcher)
        assert answered(broker)
        stalled(broker, qos=0)
        assert memory(broker) < taken + 30, "the memory of the first has served the second"
        assert await_last_words(watcher)
        assert watcher.got() == [], "who has nothing to take stays"


def test_without_the_option_it_stays_for_ever(tmp_path: Path) -> None:
    """The negative control."""
    plugin = faulty.plugin(tmp_path / "plugin", "xasup_acl.c", "sockets_end_stalled(stalled);", "")
    with town(tmp_path, plugin) as broker:
        watcher = watching(broker)
        stalled(broker, qos=0)
        assert not await_last_words(watcher, LONG_ENOUGH)


def test_the_memory_has_an_end_and_the_broker_outlives_it(tmp_path: Path) -> None:
    with town(tmp_path, more="memory_limit 40000000\n") as broker:
        with pytest.raises((Closed, ConnectionError)):
            stalled(broker, qos=0)
        assert memory(broker) < 80
        assert answered(broker)


def test_a_service_that_takes_nothing_stays_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """By the socket, as all of ours come: it may wait for the log as long as that is away."""
    with town(tmp_path) as broker:
        watcher = watching(broker)
        bridge = stalled_bridge(broker, broker.settings.broker_socket)
        stalled(broker, qos=0)
        assert await_last_words(watcher), "a person who takes nothing is put out meanwhile"
        assert not await_last_words(watcher, LONG_ENOUGH)
        assert sum(bridge.await_message().payload == LARGE for _ in range(MANY)) == MANY


def test_by_a_port_it_would_be_put_out(tmp_path: Path) -> None:
    """The negative control."""
    with town(tmp_path) as broker:
        watcher = watching(broker)
        stalled_bridge(broker, None)
        assert await_last_words(watcher)
