"""Why the time of an answer tells nothing about a token: the same calls are made in the same order for every wrong one,
and what compares them takes the same time for all (CRYPTO_memcmp). Seen from outside, by what the plugin asks of its
libraries. (The time itself, which a busy machine blurs: test_guessing.py.)"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.attacks import faulty
from tests.support.broker import TestBroker, device, person
from tests.support.raw_mqtt import REFUSED
from xasup.protocol.directory import Flag

EXPIRED = 1  # seconds since the epoch
WRONG = ("alice:d", "alice:none", "nobody:d", "locked:d", "old:d")


@pytest.fixture(scope="module")
def tracer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = tmp_path_factory.mktemp("tracer") / "trace.so"
    source = Path(__file__).with_name("trace.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", built, source, "-ldl"], check=True)
    return built


def work(folder: Path, tracer: Path, plugin: Path | None = None) -> dict[str, list[str]]:
    """What the plugin does about each of several wrong tokens."""
    with TestBroker(folder, plugin=plugin, environment={"LD_PRELOAD": str(tracer)}) as broker:
        broker.apply(person("alice:d"), person("locked:d", Flag.SUSPENDED), person("old:d"), device("old:d", EXPIRED))
        broker.client("alice:d").leave()  # the directory's newest transaction is taken up
        return {client: of_one(broker, client) for client in WRONG}


def of_one(broker: TestBroker, client: str) -> list[str]:
    before = len(traced(broker))
    assert broker.attempt(client, secret="wrong").code == REFUSED
    return traced(broker)[before:]


def traced(broker: TestBroker) -> list[str]:
    return [line for line in broker.log.read_text().splitlines() if line.startswith("trace: ")]


def test_every_wrong_token_costs_the_same_work(tmp_path: Path, tracer: Path) -> None:
    done = work(tmp_path, tracer)
    assert {tuple(calls) for calls in done.values()} == {tuple(done["alice:d"])}, done
    assert sorted(set(done["alice:d"])) == ["trace: compare", "trace: hash", "trace: look up"]


def test_a_plugin_that_stops_early_is_noticed(tmp_path: Path, tracer: Path) -> None:
    """The negative control."""
    right = "bool is_valid = valid(q);"
    built = faulty.plugin(
        tmp_path / "plugin", "xasup_acl.c", right, f'{right} if (!is_valid) return "bad-credentials";'
    )
    done = work(tmp_path / "broker", tracer, built)
    assert done["nobody:d"] != done["alice:d"]
