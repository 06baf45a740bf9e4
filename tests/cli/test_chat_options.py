"""`xasup chat`: what it prints without a terminal, and what it says of a wrong file of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import Commands


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return Commands("unix:///nowhere", tmp_path)


def test_the_config_that_is_printed_is_a_config(commands: Commands, tmp_path: Path) -> None:
    printed = commands.done("chat", "--print-config").out
    assert str(tmp_path / "xasup" / "chat.toml") in printed
    assert '# accept = "f3"' in printed


def test_the_manual_page_is_printed(commands: Commands) -> None:
    assert commands.done("chat", "--man").out.startswith('.TH "XASUP\\-CHAT"')


def test_a_wrong_config_is_named_with_its_entry(commands: Commands, tmp_path: Path) -> None:
    path = tmp_path / "xasup" / "chat.toml"
    path.parent.mkdir()
    path.write_text('[keys]\nacept = "f3"\n')
    done = commands("chat", "xasup://alice:TOKEN@127.0.0.1:1883/laptop")
    assert (done.status, done.err) == (2, f"xasup: {path}: keys.acept: there is no command acept; accept?\n")
