"""The load generator counts right: all that was sent arrives, and what the plugin refuses is not taken for a figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.brokers import BARE, OURS, serve, settings_of
from tests.bench.directories import filled
from tests.bench.generator import Connection, build
from tests.bench.population import Population
from xasup.protocol.errors import Unavailable

WORDS = {"seconds": 0.1, "warm-up": 0, "window": 3}


@pytest.mark.parametrize("version", [4, 5])
def test_accepted_messages_arrive_and_others_count_as_refused(servers: None, tmp_path: Path, version: int) -> None:
    generator, people = build(tmp_path), Population(100)
    filled(settings_of(tmp_path, OURS).directory, people, lambda line: None)
    friend, stranger = people.contacts(1)[0], people.contacts(1)[0] + 1
    plans = {
        name: generator.plan(name, [people.receiver(other), people.sender(1, [other])])
        for name, other in (("friend", friend), ("stranger", stranger))
    }
    with serve(tmp_path, OURS) as broker:
        good, bad = (
            generator.run("flow", broker.port, plans[name], WORDS | {"mqtt": version})
            for name in ("friend", "stranger")
        )
    assert (good["lost"], good["refused"], good["strays"]) == (0, 0, 0)
    assert good["delivered"] > 10
    assert (bad["delivered"], bad["lost"]) == (0, 3)
    assert bad["refused"] == (3 if version == 5 else 0)  # MQTT 3.1.1 hides a refusal behind a normal PUBACK


def test_generator_says_what_went_wrong(servers: None, tmp_path: Path) -> None:
    generator, people = build(tmp_path), Population(100)
    plan = generator.plan("unknown", [Connection("nobody:d", "nobody", "wrong")])
    filled(settings_of(tmp_path, OURS).directory, people, lambda line: None)
    with serve(tmp_path, OURS) as broker, pytest.raises(Unavailable, match="nobody:d: CONNECT refused with 0x8"):
        generator.run("flow", broker.port, plan, WORDS)
    with pytest.raises(Unavailable, match="both sender and receiver"):
        generator.plan("twice", [people.receiver(1), people.sender(1, [2])])
    with serve(tmp_path, BARE) as broker, generator.hold(broker.port, plan) as connections:
        assert connections == 1
