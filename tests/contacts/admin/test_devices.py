"""`xasup devices`."""

import hashlib
import stat
import time
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.support.redis import RedisServer
from xasup.protocol import connect
from xasup.protocol.records import Device
from xasup.runtime import listening
from xasup.runtime.settings import Settings
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def alice(commands: Commands) -> None:
    commands.done("users", "create", "alice")


def test_the_connect_string_is_printed_alone(commands: Commands) -> None:
    result = commands.done("devices", "create", "alice", "laptop")
    string = connect.parse(result.out)
    assert (str(string.client), string.host, string.port, string.tls) == ("alice:laptop", "127.0.0.1", 1883, False)
    assert len(string.token) == 43
    assert result.out.count("\n") == 1
    assert string.token not in result.err


def test_only_the_hash_is_kept(commands: Commands, redis: RedisServer) -> None:
    string = connect.parse(commands.done("devices", "create", "alice", "laptop").out)
    kept = b"".join(path.read_bytes() for path in redis.socket.parent.rglob("*") if path.is_file())
    assert string.token.encode() not in kept
    assert hashlib.sha256(string.token.encode()).hexdigest().encode() in kept  # it is this device that we looked for


def test_it_knows_where_the_backend_listens(commands: Commands) -> None:
    there = Settings(data=Path(commands.environment["XASUP_DATA"]), mqtt_port=2883, tls=True, mqtts_port=9883)
    with listening.published(there):
        plain = connect.parse(commands.done("devices", "create", "alice", "laptop").out)
        tls = connect.parse(commands.done("devices", "create", "alice", "phone", "--tls").out)
        named = ("--host", "chat.example", "--port", "443")
        other = connect.parse(commands.done("devices", "create", "alice", "desk", "--tls", *named).out)
    assert (plain.port, tls.port, tls.tls) == (2883, 9883, True)
    assert (other.host, other.port, other.tls) == ("chat.example", 443, True)


def test_no_connect_string_for_tls_where_nobody_listens(commands: Commands) -> None:
    result = commands("devices", "create", "alice", "phone", "--tls")
    assert result.status == 2
    assert "xasup up --tls" in result.err
    assert commands.done("devices", "list", "alice", "--json").out == ""


def test_a_connect_file_is_for_its_owner_alone(commands: Commands, tmp_path: Path) -> None:
    path = tmp_path / "phone.connect"
    result = commands.done("devices", "create", "alice", "phone", "--connect-file", str(path))
    assert result.out == f"{path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(connect.parse(path.read_text()).client) == "alice:phone"


def test_options_for_the_mosquitto_clients(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    options = ("--format", "mosquitto", "--token-file", str(file))
    lines = ["-h 127.0.0.1", "-p 1883", "-i alice:sensor", "-u alice", f"-P {TOKEN}"]
    assert commands.done("devices", "create", "alice", "sensor", *options).out.splitlines() == lines
    made = commands.facts("devices", "create", "alice", "lamp", *options, "--tls", "--port", "8883")
    assert made["connect"].splitlines()[-1] == "--tls-use-os-certs"


def test_a_connect_file_is_never_overwritten(commands: Commands, tmp_path: Path) -> None:
    path = tmp_path / "phone.connect"
    path.write_text("dear")
    result = commands("devices", "create", "alice", "phone", "--connect-file", str(path))
    assert (result.status, path.read_text()) == (2, "dear")
    assert commands.done("devices", "list", "alice", "--json").out == ""


def test_what_is_refused_leaves_no_file(commands: Commands, tmp_path: Path) -> None:
    path = tmp_path / "x.connect"
    assert commands("devices", "create", "ghost", "phone", "--connect-file", str(path)).status == 1
    assert not path.exists()
    nowhere = commands("devices", "create", "alice", "phone", "--connect-file", str(tmp_path / "no" / "x"))
    assert nowhere.status == 2
    assert "No such file" in nowhere.err


def test_a_token_from_a_file_standard_input_or_a_prompt(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    for device, options, input in (
        ("one", ("--token-file", str(file)), None),
        ("two", ("--token-file", "-"), f"{TOKEN}\n"),
        ("three", ("--ask-token",), f"{TOKEN}\n"),
    ):
        result = commands("devices", "create", "alice", device, *options, input=input)
        assert result.status == 0, result.err
        assert connect.parse(result.out).token == TOKEN


@pytest.mark.parametrize(
    "token", ["", "short", f"{TOKEN}\0{TOKEN}", f"{TOKEN} {TOKEN}", "ü" * 20, "x" * 201, "x" * 9000]
)
def test_bad_tokens_are_not_taken_and_not_repeated(commands: Commands, token: str) -> None:
    result = commands("devices", "create", "alice", "phone", "--token-file", "-", input=token)
    assert (result.status, result.out) == (2, "")
    assert "token" in result.err
    assert not token or token not in result.err
    assert commands.done("devices", "list", "alice", "--json").out == ""


def test_a_token_is_never_an_argument(commands: Commands) -> None:
    assert commands("devices", "create", "alice", "phone", "--token", TOKEN).status == 2
    assert commands("devices", "create", "alice", "phone", TOKEN).status == 2
    assert commands("devices", "create", "alice", "phone", "--ask-token", "--token-file", "-").status == 2


def test_expiry(commands: Commands) -> None:
    made = commands.facts("devices", "create", "alice", "phone", "--expires", "90d")
    assert abs(made["expires"] - (time.time() + 90 * 86400)) < 60
    commands.done("devices", "create", "alice", "desk", "--expires", "2100-01-31")
    assert "2100-01-31 00:00Z" in commands.done("devices", "list", "alice").out
    for wrong in ("soon", "2020-01-01", "0d", "2100-13-01", "١d"):
        result = commands("devices", "create", "alice", "other", "--expires", wrong)
        assert result.status == 2, wrong
        assert "expires" in result.err


def test_list_and_revoke(commands: Commands) -> None:
    commands.done("devices", "create", "alice", "laptop")
    commands.put(Step(put={Cell(tables.seen("alice"), "laptop"): b"1792000000000"}))
    head, row = commands.done("devices", "list", "alice").out.splitlines()
    assert head.split() == ["DEVICE", "CREATED", "BY", "EXPIRES", "LAST", "SEEN", "LABEL"]
    assert row.split()[0] == "laptop"
    assert row.endswith("admin             never              2026-10-14 17:46Z")
    assert commands.done("devices", "revoke", "alice", "laptop").out == "alice:laptop is revoked\n"
    assert commands("devices", "revoke", "alice", "laptop").status == 1
    assert commands.done("devices", "list", "alice", "--json").out == ""


def test_a_label(commands: Commands) -> None:
    commands.done("devices", "create", "alice", "laptop")
    assert commands.done("devices", "rename", "alice", "laptop", "Work \x1b[2J").out == (
        "alice:laptop is called Work \\u{1b}[2J\n"
    )
    assert commands.done("devices", "list", "alice").out.splitlines()[1].endswith("Work \\u{1b}[2J")
    assert commands.facts("devices", "list", "alice")["label"] == "Work \x1b[2J"
    commands.done("devices", "rename", "alice", "laptop", "")
    assert commands.facts("devices", "list", "alice")["label"] == ""
    assert commands("devices", "rename", "alice", "phone", "x").status == 1
    too_long = commands("devices", "rename", "alice", "laptop", "x" * 65)
    assert too_long.status == 2
    assert "at most 64" in too_long.err


def test_a_name_that_is_taken(commands: Commands) -> None:
    commands.put(Step(put={Cell(tables.devices("alice"), "laptop"): Device(bytes(32), 0, 1, "admin").encode()}))
    result = commands("devices", "create", "alice", "laptop")
    assert result.status == 1
    assert "revoke it first" in result.err
