"""The command line as a whole: help with examples, clear refusals, `acl check`, `doctor`, completion, the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.backend import Backend, people
from xasup.cli.main import COMMANDS, cli
from xasup.runtime import maven


def xasup(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from xasup.cli.main import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        env=os.environ | environment,
    )


def of(backend: Backend) -> dict[str, str]:
    settings = backend.settings
    return {
        "XASUP_DATA": str(settings.data),
        "XASUP_MQTT_PORT": str(settings.mqtt_port),
        "XASUP_WS_PORT": str(settings.ws_port),
    }


def leaves(command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    commands = getattr(command, "commands", None)
    if path and not commands:
        return [path]
    names = commands or COMMANDS
    return [leaf for name in names for leaf in leaves(command.get_command(None, name), (*path, name))]


def help_of(path: tuple[str, ...]) -> str:
    command = cli
    for name in path:
        command = command.get_command(None, name)
    return command.help or ""


@pytest.mark.parametrize("path", leaves(cli), ids=" ".join)
def test_every_command_shows_an_example(path: tuple[str, ...]) -> None:
    assert f"xasup {path[0]}" in help_of(path), "expected an example in the help text"


@pytest.mark.parametrize("arguments", [["wat"], ["--wat"], ["users", "wat"], ["acl", "check", "alice"]])
def test_what_is_no_command_exits_with_2(arguments: list[str]) -> None:
    done = xasup(*arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr.strip()


def test_without_a_backend_the_next_step_is_named(tmp_path: Path) -> None:
    done = xasup("acl", "check", "alice", "bob", XASUP_DATA=str(tmp_path))
    assert done.returncode == 2 and "xasup up" in done.stderr and "Traceback" not in done.stderr


def test_the_shell_gets_its_completion() -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_XASUP_COMPLETE" in xasup("completion", shell).stdout


async def test_acl_check_tells_who_may_write_and_why(backend: Backend) -> None:
    alice, bob = await backend.users("alice", "bob")
    before = xasup("acl", "check", alice.user, bob.user, **of(backend))
    assert before.returncode == 1 and "not-accepted" in before.stdout and "has not accepted" in before.stdout
    async with people(alice, bob) as (one, two):
        await backend.friends(one, two)
    after = xasup("acl", "check", str(alice.client), bob.user, "--json", **of(backend))
    assert after.returncode == 0
    assert json.loads(after.stdout) == {
        "from": str(alice.client),
        "to": bob.user,
        "allowed": True,
        "truth": "ok",
        "directory": "ok",
    }


async def test_acl_check_of_strangers_and_groups(backend: Backend) -> None:
    alice = await backend.user("alice")
    group = xasup("acl", "check", alice.user, "g:nowhere", **of(backend))
    assert group.returncode == 1 and "not-member" in group.stdout
    nobody = xasup("acl", "check", "nobody-at-all", alice.user, **of(backend))
    assert nobody.returncode == 1 and "device-invalid" in nobody.stdout
    assert xasup("acl", "check", "Alice", "bob", **of(backend)).returncode == 2


def test_doctor_finds_a_running_backend_well(backend: Backend) -> None:
    done = xasup("doctor", "--json", **of(backend))
    found = {finding["what"]: finding["health"] for finding in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 0, done.stdout
    assert {"mosquitto", "redis-server", "plugin", "truth", "directory", "clock"} <= set(found)
    assert set(found.values()) == {"ok"}, done.stdout


def test_doctor_names_what_is_bad_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data" / "secrets").mkdir(parents=True)
    (tmp_path / "data").chmod(0o755)
    done = xasup("doctor", XASUP_PLUGIN=str(tmp_path / "none.so"), XASUP_DATA=str(tmp_path / "data"))
    assert done.returncode == 1
    assert "none.so is missing" in done.stdout and "make setup" in done.stdout and "others may read" in done.stdout
    assert "\x1b" not in done.stdout


def test_doctor_looks_for_java_where_kafka_keeps_the_log(tmp_path: Path) -> None:
    surroundings = {"XASUP_DATA": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PATH": str(tmp_path)}
    assert "java" not in xasup("doctor", **surroundings).stdout
    assert "java" not in xasup("doctor", **surroundings, XASUP_LOG="kafka", XASUP_KAFKA="elsewhere:9092").stdout
    said = xasup("doctor", **surroundings, XASUP_LOG="kafka").stdout
    assert "no jars, and no mvn" in said and said.count("run `./setup.sh kafka`") == 2
    (tmp_path / "xasup" / f"kafka-{maven.VERSION}").mkdir(parents=True)
    assert "no mvn" not in xasup("doctor", **surroundings, XASUP_LOG="kafka").stdout


def test_doctor_names_a_password_that_others_may_read(tmp_path: Path) -> None:
    file, data = tmp_path / "password", tmp_path / "data"
    file.write_text("secret")
    data.mkdir(mode=0o700)
    given = {"XASUP_KAFKA": "elsewhere:9092", "XASUP_KAFKA_USER": "me", "XASUP_KAFKA_PASSWORD_FILE": str(file)}
    for mode, well in ((0o644, False), (0o600, True)):
        file.chmod(mode)
        said = xasup("doctor", **given, XASUP_DATA=str(data), XASUP_LOG="kafka").stdout
        assert (f"others may read {file}" not in said) is well


def test_the_demo_ends_well() -> None:
    done = xasup("demo")
    assert done.stdout.splitlines()[-1] == "demo: ok" and done.returncode == 0, done.stdout + done.stderr
    assert "refused: not-accepted" in done.stdout and "\x1b" not in done.stdout
