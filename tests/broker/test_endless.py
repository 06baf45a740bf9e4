"""A look-up in the directory that never ends: the plugin's own clock ends it, all is denied, and others are served as
soon as the directory is good again. (Files that lead there by chance: tests/broker/fuzz.)"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.attacks import faulty
from tests.attacks.test_packets import connect
from tests.support.broker import TestBroker, person
from tests.support.raw_mqtt import REFUSED, Closed, RawClient
from xasup.protocol import topics
from xasup.protocol.directory import set_contact
from xasup.protocol.ids import UserId

EVE, BOB = UserId("eve"), UserId("bob")
CONNACK = 2
WITHIN = 2.0  # seconds: the clock ticks five times in each of processor time
PATIENCE = 60.0  # seconds of a busy machine


@contextmanager
def town(folder: Path, plugin: Path | None = None) -> Iterator[tuple[TestBroker, Path]]:
    """And the file that makes look-ups endless while it is there."""
    built, switch = folder / "endless.so", folder / "switch"
    source = Path(__file__).with_name("endless.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", built, source, "-ldl"], check=True)
    environment = {"LD_PRELOAD": str(built), "ENDLESS": str(switch)}
    with TestBroker(folder / "broker", plugin=plugin, environment=environment) as broker:
        broker.apply(person("eve:d"), person("bob:d"), set_contact(BOB, EVE, True))
        try:
            yield broker, switch
        finally:
            switch.unlink(missing_ok=True)


def test_it_is_ended_and_all_is_denied_until_the_directory_is_good_again(tmp_path: Path) -> None:
    with town(tmp_path) as (broker, switch):
        eve = broker.client("eve:d")
        assert eve.publish(topics.presence(EVE)) in (0, 0x10)
        switch.touch()
        broker.apply(set_contact(BOB, EVE, True))  # what was looked up before holds no more
        eve.settimeout(PATIENCE)
        assert eve.publish(topics.message(BOB, EVE)) == REFUSED
        with RawClient.silent(broker.port) as raw:
            raw.settimeout(PATIENCE)
            with pytest.raises(Closed):  # not answered: the token may be good
                raw.answer_to(connect(), CONNACK)
        assert any("damaged: all is denied" in line for line in broker.complaints())
        switch.unlink()
        broker.apply(set_contact(BOB, EVE, True))
        with broker.await_client("bob:d") as bob, broker.client("eve:d") as again:
            assert bob.subscribe(topics.mailbox(BOB)) == 1
            assert again.publish(topics.message(BOB, EVE), b"good again") == 0
            assert bob.await_message().payload == b"good again"


def test_without_the_clock_the_broker_stands_still(tmp_path: Path) -> None:
    """The negative control."""
    right = "if (guarded && works == seen)"
    plugin = faulty.plugin(tmp_path / "plugin", "faults.c", right, "if (0 && guarded && works == seen)")
    with town(tmp_path, plugin) as (broker, switch), RawClient.silent(broker.port) as raw:
        switch.touch()
        broker.apply(set_contact(BOB, EVE, True))
        raw.settimeout(WITHIN)
        with pytest.raises(TimeoutError):
            raw.answer_to(connect(), CONNACK)
