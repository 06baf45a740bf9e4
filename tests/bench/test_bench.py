"""Each bench runs, in the smallest size, and ends with its JSON object. No figure is asserted."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.bench.generator import build
from xasup.cli import bench
from xasup.protocol.errors import Unavailable

# A second, since on a busy machine nothing may be delivered in a tenth of one.
SMALL = {
    "acl": "--edges 1000 --seconds 1 --size 3",
    "fanout": "--edges 1000 --seconds 1 --size 10",
    "flood": "--edges 1000 --seconds 1 --size 2",
    "grants": "--edges 1000 --seconds 0.1 --size 40",
    "chat": "--edges 1000 --seconds 1 --size 5",
    "connections": "--edges 1000 --size 20",
    "bridge": "--messages 1000 --size 10",
    "stored": "--seconds 1 --size 10",
    "history": "--messages 500 --stored 1000 --size 10",
    "tui": "--stored 1000 --size 30 --seconds 0.3",
}


@pytest.mark.parametrize("name", bench.NAMES)
def test_bench_ends_with_one_json_object(name: str, servers: None, tmp_path: Path) -> None:
    words = [name, "--rounds", "1", "--patience", "0", *SMALL[name].split()]
    done = CliRunner(env={"TMPDIR": str(tmp_path)}).invoke(bench.bench, words)
    assert done.exit_code == 0, (done.output, done.exception)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["bench"] == name
    assert result["rounds"] == 1
    assert result["ours"] > 0
    assert result["peer"] > 0
    assert result["ratio"] == pytest.approx(result["ours"] / result["peer"], rel=0.01)
    assert {"unit", "machine", "versions"} <= result.keys()
    assert "round 1/1\n  ours" in done.stderr


def test_the_direct_path_beside_a_bridge(servers: None, tmp_path: Path) -> None:
    words = ["acl", "--with-bridge", "--rounds", "1", "--patience", "0", *SMALL["acl"].split()]
    done = CliRunner(env={"TMPDIR": str(tmp_path)}).invoke(bench.bench, words)
    assert done.exit_code == 0, (done.output, done.exception)
    assert json.loads(done.stdout.splitlines()[-1])["with_bridge"]


def test_bench_says_which_options_it_has() -> None:
    done = CliRunner().invoke(bench.bench, ["connections", "--seconds", "1"])
    assert done.exit_code == 2
    assert "connections has no --seconds; it takes --rounds, --edges, --size" in done.stderr


def test_bench_needs_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="run this in a checkout"):
        bench.load("acl", tmp_path)


def test_bench_needs_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with tempfile.TemporaryDirectory() as folder, pytest.raises(Unavailable, match="apt-get install gcc"):
        build(Path(folder))
