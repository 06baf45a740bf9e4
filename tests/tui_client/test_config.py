"""The file `chat.toml`: what it may say, and which sentence answers what it may not."""

from __future__ import annotations

import re

import pytest

from tui_client.commands.table import COMMANDS, by_key, by_message_key
from tui_client.config import Config, default, parse
from tui_client.keys import PRESETS, USUAL
from xasup.protocol.errors import Malformed

THEMES = ("xasup-dark", "xasup-light")


def read(text: str) -> Config:
    return parse(text, COMMANDS, THEMES)


def test_an_empty_file_changes_nothing() -> None:
    assert read("") == Config()
    assert Config().effective() == USUAL


def test_keys_and_theme() -> None:
    config = read('theme = "xasup-light"\n[keys]\naccept = "f12"\nhelp = ""\n[keys.message]\nreply = "R"')
    assert config.theme == "xasup-light"
    keys = by_key(config.effective())
    assert keys["f12"] == "accept"
    assert "f3" not in keys and "f1" not in keys
    assert by_message_key(config.effective())["R"] == "reply"


def test_a_preset_lies_under_what_is_chosen() -> None:
    keys = by_message_key(read('[keys]\npreset = "vim"\n[keys.message]\ndiscard = "X"').effective())
    assert (keys["g g"], keys["G"], keys["i"], keys["X"]) == ("oldest", "newest", "write", "discard")
    assert "d d" not in keys


def test_the_preset_of_the_settings_holds_where_the_file_names_none() -> None:
    assert by_message_key(read("").effective("vim"))["d d"] == "discard"
    assert by_message_key(read('[keys]\npreset = "plain"').effective("vim"))["x"] == "discard"


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_give_every_key_once(preset: str) -> None:
    PRESETS[preset].bind(COMMANDS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[keys]\nacept = "f3"', "keys.acept: there is no command acept; accept?"),
        ('[keys]\nzzz = "f3"', "keys.zzz: there is no command zzz; F1 lists them"),
        ('[keys]\naccept = "f99"', "keys.accept: f99 is no key; expected a key such as f3"),
        ('[keys]\naccept = "a"', "keys.accept: a is needed for writing; expected a key such as f3"),
        ("[keys]\naccept = 3", "keys.accept: expected a key such as f3"),
        ('[keys]\naccept = "f4"', "the key f4 is given to accept and deny; each needs its own"),
        ('[keys.message]\nreply = "a b c"', "keys.message.reply: a b c: expected one key"),
        ('[keys]\npreset = "emcas"', "keys.preset: emcas is unknown; expected one of plain, vim"),
        ('theme = "pink"', "theme: pink is unknown; expected one of xasup-dark, xasup-light"),
        ("theme = 3", "theme: 3 is unknown"),
        ('colour = "red"', "colour: there is no such setting; expected theme or keys"),
        ('keys = "vim"', "keys: expected a table, as [keys]"),
        ('[keys]\nmessage = "vim"', "keys.message: expected a table, as [keys.message]"),
        ("[keys\n", "expected TOML: "),
    ],
)
def test_what_is_wrong_is_named(text: str, sentence: str) -> None:
    with pytest.raises(Malformed, match=f"^{re.escape(sentence)}"):
        read(text)


def test_the_printed_file_says_what_holds_anyway() -> None:
    text = default(COMMANDS, THEMES, "xasup-dark", "~/.config/xasup/chat.toml")
    assert read(text) == Config()
    spoken = re.sub(r'^# (?=[a-z-]+ = ")', "", text, flags=re.MULTILINE)
    config = read(spoken)
    assert (config.theme, config.preset) == ("xasup-dark", "plain")
    assert config.effective().bind(COMMANDS) == COMMANDS
    assert set(config.keys.anywhere) == {command.name for command in COMMANDS}
