"""What a person wrote down about keys and looks: the text of `chat.toml` as a value, and that file with all that holds
anyway. Pure: refuses to know where the file is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tui_client import keys
from tui_client.commands.command import Command
from tui_client.keys import PRESETS, USUAL, Keys
from xasup.protocol.errors import Malformed

_HEAD = """\
# What `xasup chat` reads from {path} when it starts.
# Every line that is commented out says what holds anyway. A key that is "" gives nothing.

# theme = "{theme}"  # one of: {themes}

[keys]
# preset = "plain"  # or: {presets}
# Keys that hold everywhere, as f3, ctrl+n, alt+p, pageup.
"""
_AT_MESSAGE = """
[keys.message]
# Keys while a message is selected (Esc or Up in an empty input line): letters too, and two in a row, as "g g".
"""


@dataclass(frozen=True, slots=True)
class Config:
    """*theme*: a name, "" for the usual one; *preset*: of the keys, "" where none is named; *keys*: over it."""

    theme: str = ""
    preset: str = ""
    keys: Keys = USUAL

    def effective(self, preset: str = "") -> Keys:
        """The keys that hold. *preset*: where the file names none."""
        return self.keys.over(PRESETS.get(self.preset or preset, USUAL))


def parse(text: str, commands: Sequence[Command], themes: Iterable[str]) -> Config:
    """Raises Malformed, naming the entry and what was expected there."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"expected TOML: {error}") from None
    _only(found, "", ("theme", "keys"))
    table = _table(found, "keys")
    at_message = _table(table, "message", "keys.")
    names = [command.name for command in commands]
    anywhere = {name: value for name, value in table.items() if name not in ("preset", "message")}
    chosen = Keys(
        _keys(anywhere, "keys", names, keys.anywhere), _keys(at_message, "keys.message", names, keys.at_message)
    )
    theme = _one_of(found.get("theme", ""), "theme", themes)
    config = Config(theme, _one_of(table.get("preset", ""), "keys.preset", PRESETS), chosen)
    config.effective().bind(commands)
    return config


def default(commands: Sequence[Command], themes: Iterable[str], usual: str, path: str) -> str:
    """The file, everything in it commented out."""
    head = _HEAD.format(path=path, theme=usual, themes=", ".join(themes), presets=", ".join(_others(PRESETS, "plain")))
    anywhere = [_entry(command.name, command.key, command.help) for command in commands]
    at_message = [_entry(each.name, each.at_message, each.help) for each in commands if each.at_message]
    return "".join([head, *anywhere, _AT_MESSAGE, *at_message])


def _entry(name: str, key: str, help: str) -> str:
    return f'# {name} = "{key}"  # {help}\n'


def _others(names: Iterable[str], usual: str) -> list[str]:
    return [name for name in names if name != usual]


def _keys(table: Mapping[str, Any], where: str, names: list[str], read: Callable[[str], str]) -> dict[str, str]:
    return {name: _key(value, f"{where}.{name}", name, names, read) for name, value in table.items()}


def _key(value: Any, where: str, name: str, names: list[str], read: Callable[[str], str]) -> str:
    if name not in names:
        near = get_close_matches(name, names, 1)
        raise Malformed(f"{where}: there is no command {name}; " + (f"{near[0]}?" if near else "F1 lists them"))
    if not isinstance(value, str):
        raise Malformed(f"{where}: expected {keys.EXPECTED}, as text in quotes")
    try:
        return read(value) if value else ""
    except Malformed as error:
        raise Malformed(f"{where}: {error}") from None


def _table(found: Mapping[str, Any], name: str, above: str = "") -> dict[str, Any]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise Malformed(f"{above}{name}: expected a table, as [{above}{name}]")
    return table


def _only(found: Mapping[str, Any], above: str, known: tuple[str, ...]) -> None:
    for name in found:
        if name not in known:
            raise Malformed(f"{above}{name}: there is no such setting; expected {' or '.join(known)}")


def _one_of(value: Any, where: str, known: Iterable[str]) -> str:
    if value != "" and value not in (names := list(known)):
        raise Malformed(f"{where}: {value} is unknown; expected one of {', '.join(names)}")
    return str(value)
