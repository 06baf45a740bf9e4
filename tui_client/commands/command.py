"""What a command is: its name, its keys, its help, and what it does. Refuses to know which commands there are."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tui_client import keys
from tui_client.counter import Desk

Do = Callable[[Desk, str], Coroutine[Any, Any, None]]


class Section(StrEnum):
    """Where a command stands in the help, in this order."""

    PEOPLE = "People"
    MESSAGES = "Messages"
    PLACES = "Conversations"
    FINDING = "Finding"
    GROUPS = "Groups"
    DEVICES = "Devices"
    PROGRAM = "This program"


@dataclass(frozen=True, slots=True)
class Command:
    """*takes*: what may follow `/name`; *help*: a line for people; *key*: as Textual names it, "" for none, pressed
    anywhere; *at_message*: the key while a message is selected; *words*: those that may stand first behind the name, ()
    where that is somebody's name."""

    name: str
    takes: str
    help: str
    do: Do
    section: Section
    key: str = ""
    at_message: str = ""
    words: tuple[str, ...] = ()

    @property
    def slash(self) -> str:
        return f"/{self.name} {self.takes}".rstrip()

    @property
    def shown_key(self) -> str:
        """The key as it stands on keyboards: `F2`, `Ctrl+N`."""
        return keys.shown(self.key)

    @property
    def hint(self) -> str:
        """The shortest way to give it: its key, or its slash form."""
        return f"{self.shown_key} {self.name}" if self.key else f"/{self.name}"
