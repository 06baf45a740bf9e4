"""`xasup export`: a conversation out of the device's file, while the device has it open."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.commands import Commands
from tests.tui_client.hostile import HOSTILE
from xasup.client.place import default_path
from xasup.protocol import connect, envelope
from xasup.protocol.envelope import Message
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State
from xasup.wire.store import Arrival, SqliteStore, Task, open_file

AT = 1_792_000_000_000  # milliseconds
ACCOUNT = "xasup://alice:TOKEN@127.0.0.1:1883/laptop"


def arrival(number: int, text: str, task: Task = Task.NONE) -> Arrival:
    payload = envelope.encode(Message(MessageId(f"m{number}"), AT + number, text, number))
    return Arrival("bob", "bob", f"m{number}", payload, AT + number, State.READ, task)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("XASUP_CONNECT", ACCOUNT)
    return Commands("unix:///nowhere", tmp_path)


@pytest.fixture
def store(commands: Commands) -> Iterator[SqliteStore]:
    account = connect.parse(ACCOUNT)
    with closing(open_file(default_path(account), account.client)) as store:
        with store.transaction():
            store.inbox.add([arrival(number, text) for number, text in enumerate(HOSTILE, 1)])
            store.inbox.add([arrival(900, "held", Task.HELD)])
        yield store


def test_to_the_output_with_every_text_and_without_what_is_held_back(commands: Commands, store: SqliteStore) -> None:
    done = commands.done("export", "bob", "--format", "json")
    assert [each["text"] for each in json.loads(done.out)["messages"]] == list(HOSTILE)


def test_to_a_file_which_is_not_overwritten_unasked(commands: Commands, store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "bob.html"
    done = commands.done("export", "bob", "--format", "html", "--output", str(path))
    assert (done.out, str(path) in done.err) == ("", True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("<!doctype html>")
    again = commands("export", "bob", "--output", str(path))
    assert (again.status, "--force" in again.err) == (2, True)
    assert commands("export", "bob", "--output", str(path), "--force").status == 0


def test_who_is_unknown_here_is_said(commands: Commands, store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "carol.txt"
    gone = commands("export", "carol", "--output", str(path))
    assert (gone.status, gone.err) == (1, "xasup: there is no conversation with carol on this device\n")
    assert not path.exists()


def test_a_device_that_was_never_used_is_told_so(commands: Commands) -> None:
    missing = commands("export", "bob")
    assert (missing.status, "no messages yet" in missing.err) == (2, True)
