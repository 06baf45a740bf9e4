"""What could be meant by what was typed so far: commands after a slash, names after a command. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_client.commands.command import Command
from tui_client.roster import FOLD, roster
from tui_client.view import View


@dataclass(frozen=True, slots=True)
class Candidate:
    """*text* may stand instead of the last *replaces* characters; *help*: what it is."""

    text: str
    replaces: int
    help: str = ""


def candidates(before: str, commands: Sequence[Command], view: View) -> list[Candidate]:
    """For the text *before* the cursor; nothing in a text that is to be sent."""
    if not before.startswith("/") or before.startswith("//") or "\n" in before:
        return []
    name, space, rest = before[1:].partition(" ")
    if not space:
        return [
            Candidate(f"/{command.name}{' ' if command.takes else ''}", len(before), command.help)
            for command in commands
            if command.name.startswith(name.lower())
        ]
    command = next((each for each in commands if each.name == name.lower()), None)
    if command is None or not command.takes:
        return []
    known, word = rest.rpartition(" ")[::2]
    names = command.words if command.words and not known else _names(view)
    return [Candidate(key, len(word)) for key in names if key.startswith(word)]


def _names(view: View) -> Iterable[str]:
    return (entry.key for entry in roster(view) if entry.key != FOLD)
