"""`xasup up --tls-only` and what people do with it: only those who trust its authority get in, and all of it works."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.test_up import XASUP, refused, up
from tests.support.teletype import teletype
from xasup.cli.checks import how_long
from xasup.cli.finding import Health
from xasup.protocol.connect import parse
from xasup.runtime.ports import free_ports

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def homes(home: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "share")}


def run(home: Path, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*XASUP, *arguments],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | homes(home),
    )


def test_people_get_in_by_tls_alone_and_chat(tmp_path: Path) -> None:
    mqtts, wss = free_ports(2)
    options = ["--tls-only", "--mqtts-port", str(mqtts), "--wss-port", str(wss), "--demo-people"]
    data, connect_file = tmp_path / "d", tmp_path / "alice"
    with up(data, *options) as (_, told):
        assert set(told) >= {"mqtt+tls", "websockets+tls"} and not set(told) & {"mqtt", "websockets"}
        account = parse(told["people"]["alice"])
        assert account.tls and account.port == mqtts
        connect_file.write_text(told["people"]["alice"])
        trust = ["--ca", str(data / "tls" / "ca.pem")]
        stranger = run(tmp_path, "accounts", "add", "--connect-file", str(connect_file))
        assert stranger.returncode != 0 and "with --ca" in stranger.stderr
        kept = run(tmp_path, "accounts", "add", "--connect-file", str(connect_file), *trust)
        assert kept.returncode == 0, kept.stderr
        sent = run(tmp_path, "send", "bob", *trust, said="hi")
        assert "not-accepted" in sent.stderr + sent.stdout
        with teletype([*XASUP, "chat", "--plain", *trust], homes(tmp_path)) as screen:
            screen.types("/ask bob hello\r")
            screen.sees("bob", "asked")
            screen.types("/quit\r")
            assert screen.ends() == 0
        pending = run(tmp_path, "contacts", "list", "alice", "--data", str(data))
        assert "bob" in pending.stdout, pending.stderr
        made = run(tmp_path, "devices", "create", "bob", "phone", "--data", str(data))
        assert made.stdout.startswith("xasups://") and f":{mqtts}/" in made.stdout, made.stderr
        doctor = run(tmp_path, "doctor", "--data", str(data))
        assert "certificate" in doctor.stdout and "more days" in doctor.stdout


def test_the_main_story_plays_over_tls_alone(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", "--tls")
    assert done.returncode == 0 and done.stdout.endswith("demo: ok\n"), done.stdout


def test_a_certificate_that_will_not_do_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no")
    first, second, third, fourth = (str(port) for port in free_ports(4))
    ports = ["--mqtt-port", first, "--ws-port", second, "--mqtts-port", third, "--wss-port", fourth]
    own = ["--tls-cert", str(tmp_path / "x.pem"), "--tls-key", str(tmp_path / "x.pem")]
    assert "--tls-cert" in refused("--data", str(tmp_path / "d"), *ports, *own)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(third)))


@pytest.mark.parametrize(
    ("days", "own", "health", "word"),
    [
        (31, True, Health.OK, "31 more days"),
        (29, True, Health.NOTE, "renew it"),
        (29, False, Health.NOTE, "makes a new one"),
        (-1, True, Health.BAD, "expired on"),
    ],
)
def test_doctor_warns_a_month_before_the_end(days: int, own: bool, health: Health, word: str) -> None:
    found = how_long(Path("x.pem"), NOW + timedelta(days=days), NOW, own=own)
    assert found.health is health and word in f"{found.detail} {found.advice}"
