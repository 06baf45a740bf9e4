"""`xasup up` as a newcomer meets it: it starts, says where, refuses clearly, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contacts.accounts import create_person
from tests.support.processes import children, gone
from xasup.cli.demo_people import connect_strings, new_connect_string
from xasup.protocol.connect import parse
from xasup.runtime.ports import free_ports
from xasup.runtime.settings import Settings
from xasup.stack import write_secret
from xasup.wire.truth import open_truth, tables
from xasup.wire.truth.port import Cell

XASUP = [sys.executable, "-c", "from xasup.cli.main import main; main()"]


@contextmanager
def up(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict]]:
    """A running backend and what it announced."""
    mqtt, websockets = free_ports(2)
    arguments = ["up", "--json", "--data", str(data), "--mqtt-port", str(mqtt), "--ws-port", str(websockets), *options]
    process = subprocess.Popen([*XASUP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield process, json.loads(line)
    finally:
        family = children(process.pid)
        process.terminate()
        process.communicate(timeout=30)
        assert gone(family)


def refused(*arguments: str, **environment: str) -> str:
    """What a start that cannot succeed says: one line, status 2."""
    done = subprocess.run(
        [*XASUP, "up", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )
    assert done.returncode == 2, done
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_it_starts_keeps_its_people_and_stops_in_order(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--demo-people") as (process, first):
        assert set(first["people"]) == {"alice", "bob"}
        assert f"127.0.0.1:{parse(first['people']['alice']).port}" == first["mqtt"]
        family = children(process.pid)
        assert len(family) >= 4
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert gone(family)
    with up(tmp_path / "data", "--demo-people") as (_, second):
        assert parse(second["people"]["alice"]).token == parse(first["people"]["alice"]).token
        kept = sorted(path.name for path in (tmp_path / "data" / "mosquitto").iterdir())
        assert kept == ["mosquitto.conf", "mosquitto.sock", "seals.json", "sessions.db"]


def test_what_it_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--demo-people"):
        for path in [tmp_path / "data", *(tmp_path / "data" / "secrets").iterdir()]:
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_no_token_is_in_a_process_list_or_a_log(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--demo-people") as (process, _):
        tokens = [path.read_text() for path in (tmp_path / "data" / "secrets").iterdir()]
        tokens = [parse(text).token if "://" in text else text for text in tokens]
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in children(process.pid)]
        logs = [path.read_text() for path in (tmp_path / "data" / "logs").iterdir()]
        assert tokens and not any(token in text for token in tokens for text in [*lines, *logs])


def test_all_parts_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with up(tmp_path / "data") as (process, _):
        family = children(process.pid)
        process.kill()
        process.wait()
        assert gone(family)


def test_a_second_start_on_the_same_data_names_the_first(tmp_path: Path) -> None:
    with up(tmp_path / "data") as (process, _):
        assert f"(process {process.pid})" in refused("--data", str(tmp_path / "data"))


@pytest.mark.parametrize("option", ["--mqtt-port", "--ws-port"])
def test_a_taken_port_is_named_with_its_holder(tmp_path: Path, option: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        first, second = (str(number) for number in free_ports(2))
        ports = {"--mqtt-port": first, "--ws-port": second} | {option: port}
        said = refused("--data", str(tmp_path / "data"), *(word for pair in ports.items() for word in pair))
    assert f"port {port} is taken by" in said and f"(process {os.getpid()})" in said and option in said


def test_a_missing_plugin_says_how_to_build_it(tmp_path: Path) -> None:
    first, second = (str(number) for number in free_ports(2))
    ports = ["--mqtt-port", first, "--ws-port", second]
    said = refused("--data", str(tmp_path / "data"), *ports, XASUP_PLUGIN=str(tmp_path / "none.so"))
    assert "none.so is missing" in said and "make setup" in said


def test_a_plugin_that_does_not_load_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "broken.so").write_text("not a library")
    first, second = (str(number) for number in free_ports(2))
    ports = ["--mqtt-port", first, "--ws-port", second]
    said = refused("--data", str(tmp_path / "data"), *ports, XASUP_PLUGIN=str(tmp_path / "broken.so"))
    assert "mosquitto" in said and "mosquitto.log" in said


def test_a_missing_program_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    first, second = (str(number) for number in free_ports(2))
    ports = ["--mqtt-port", first, "--ws-port", second]
    said = refused("--data", str(tmp_path / "data"), *ports, PATH=str(tmp_path))
    assert "redis-server is not installed" in said and "make setup" in said


def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "file/data" in refused("--data", str(tmp_path / "file" / "data"))


@pytest.mark.parametrize("options", [["--mqtt-port", "0"], ["--mqtt-port", "x"], ["--wat"], ["more"]])
def test_wrong_options_exit_with_2(options: list[str]) -> None:
    done = subprocess.run([*XASUP, "up", *options], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 2 and options[0].lstrip("-")[:4] in done.stderr


async def test_people_are_made_whole_after_a_start_that_was_killed(redis, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, redis=redis.url)
    drafted = new_connect_string(settings, "alice")
    settings.secrets.mkdir(parents=True)
    write_secret(settings.secrets / "demo-alice.making", drafted.reveal())
    async with open_truth(redis.url) as truth:
        await create_person(truth, drafted.client.user, 1)
        people = await connect_strings(settings)
        device = await truth.get([Cell(tables.devices("alice"), "laptop")])
    assert parse(people["alice"]).token == drafted.token
    assert device != [None]
    assert await connect_strings(settings) == people
