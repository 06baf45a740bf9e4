"""Which key gives which command: the table's own keys, under a preset, under what a person chose. Pure.

Refuses to know the table, files and toolkits: commands come as arguments, keys are names as Textual has them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from xasup.protocol.errors import Malformed

if TYPE_CHECKING:
    from tui_client.commands.command import Command

_NAMED = {
    *(f"f{number}" for number in range(1, 25)),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
    *("enter", "tab", "space", "backspace", "escape", "slash"),
}
_TYPING = {"enter", "tab", "space", "backspace", "delete", "escape", "up", "down", "left", "right", "home", "end"}
# What writing needs: a newline, the terminal's own signals, and the letters that terminals send for Tab and Enter.
_KEPT = {"ctrl+j", "ctrl+m", "ctrl+i", "ctrl+c", "ctrl+z", "ctrl+h", "alt+enter", "shift+tab"}
_MODIFIERS = {"ctrl", "alt", "shift"}
EXPECTED = "a key such as f3, ctrl+n or alt+p, or nothing for none"


@dataclass(frozen=True, slots=True)
class Keys:
    """What differs from the table, by the names of commands; "" takes a key away. *at_message*: of those that hold
    while a message is selected; two keys in a row stand there with a space between them, as `g g`."""

    anywhere: Mapping[str, str] = field(default_factory=dict)
    at_message: Mapping[str, str] = field(default_factory=dict)

    def over(self, below: Keys) -> Keys:
        """Both; where both say something, this one holds."""
        return Keys({**below.anywhere, **self.anywhere}, {**below.at_message, **self.at_message})

    def bind(self, commands: Sequence[Command]) -> tuple[Command, ...]:
        """The commands with the keys that hold. Raises Malformed where two have one key."""
        bound = tuple(self.one(command) for command in commands)
        _once((command.key, command.name) for command in bound)
        _once((command.at_message, command.name) for command in bound)
        return bound

    def one(self, command: Command) -> Command:
        """This command with the keys that hold."""
        return replace(
            command,
            key=self.anywhere.get(command.name, command.key),
            at_message=self.at_message.get(command.name, command.at_message),
        )


USUAL = Keys()


def anywhere(key: str) -> str:
    """A key that may give a command while somebody writes. Raises Malformed, without naming the command."""
    key = _known(key)
    if key in _KEPT or key in _TYPING or not ("+" in key or key in _NAMED):
        raise Malformed(f"{key} is needed for writing; expected {EXPECTED}")
    return key


def at_message(keys: str) -> str:
    """One key or two in a row, for while a message is selected: letters may be given too. Raises Malformed."""
    parts = keys.split(" ") if keys else []
    if len(parts) > 2:
        raise Malformed(f"{keys}: expected one key, or two with a space between them")
    return " ".join(_known(part) for part in parts)


def begins(keys: Iterable[str], pressed: str) -> bool:
    """Whether *pressed* is the first of two keys in a row."""
    return any(key.startswith(f"{pressed} ") for key in keys)


def shown(key: str) -> str:
    """As it stands on keyboards: `F2`, `Ctrl+N`, `g g`."""
    return " ".join(_shown(part) for part in key.split(" "))


_SHOWN = {"pageup": "PgUp", "pagedown": "PgDn", "escape": "Esc", "slash": "/"}


def _shown(key: str) -> str:
    parts = key.split("+")
    if len(parts) == 1 and len(key) == 1:
        return key
    return "+".join(_SHOWN.get(part, part.capitalize()) for part in parts)


def _known(key: str) -> str:
    *modifiers, base = key.split("+")
    letter = re.fullmatch(r"[a-z0-9]" if modifiers else r"[A-Za-z0-9]", base)
    if (key and not (letter or base in _NAMED)) or not set(modifiers) <= _MODIFIERS:
        raise Malformed(f"{key} is no key; expected {EXPECTED}")
    return key


def _once(pairs: Iterable[tuple[str, str]]) -> None:
    given = [(key, name) for key, name in pairs if key]
    for key, count in Counter(key for key, _ in given).items():
        if count > 1:
            names = " and ".join(name for other, name in given if other == key)
            raise Malformed(f"the key {key} is given to {names}; each needs its own")
    for key, name in given:
        longer = next((other for other_key, other in given if other_key.startswith(f"{key} ")), None)
        if longer is not None:
            raise Malformed(f"the key {key} of {name} begins the two keys of {longer}; each needs its own")


PRESETS: Mapping[str, Keys] = {
    "plain": USUAL,
    "vim": Keys(
        at_message={
            "above": "k",
            "below": "j",
            "oldest": "g g",
            "newest": "G",
            "write": "i",
            "discard": "d d",
            "copy": "y y",
            "info": "K",
            "search": "slash",
        }
    ),
}
