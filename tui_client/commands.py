"""The one table of commands. From it are made the keys, the slash commands, the help screen and the manual."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tui_client import circles, deeds, places
from tui_client.counter import Desk

Do = Callable[[Desk, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Command:
    """*key*: as Textual names it, "" for none; *takes*: what may follow `/name`; *help*: a line for people."""

    name: str
    key: str
    takes: str
    help: str
    do: Do

    @property
    def slash(self) -> str:
        return f"/{self.name} {self.takes}".rstrip()

    @property
    def shown_key(self) -> str:
        """The key as it stands on keyboards: `F2`, `Ctrl+N`."""
        return "+".join(_KEYS.get(part, part.capitalize()) for part in self.key.split("+")) if self.key else ""

    @property
    def hint(self) -> str:
        """The shortest way to give it: its key, or its slash form."""
        return f"{self.shown_key} {self.name}" if self.key else f"/{self.name}"


_KEYS = {"pageup": "PgUp", "pagedown": "PgDn"}

COMMANDS: tuple[Command, ...] = (
    Command("help", "f1", "", "show or hide this help", places.show_help),
    Command("ask", "f2", "USER [GREETING]", "ask somebody to talk with you", deeds.ask),
    Command("accept", "f3", "[USER]", "accept a request, or join a group that invites you", deeds.accept),
    Command("deny", "f4", "[USER]", "turn down a request or an invitation", deeds.deny),
    Command("revoke", "f5", "[USER]", "end it with a contact, both ways; or take your request back", deeds.revoke),
    Command("block", "f6", "[USER]", "end it and hear nothing more", deeds.block),
    Command("unblock", "", "[USER]", "let them ask again", deeds.unblock),
    Command("retry", "f7", "", "send the newest refused message again", deeds.retry),
    Command("discard", "f8", "", "remove the newest refused message", deeds.discard),
    Command("open", "", "NAME", "go to a person, or a group as g:name", places.open_conversation),
    Command("next", "ctrl+n", "", "next conversation", places.step(1)),
    Command("previous", "ctrl+p", "", "previous conversation", places.step(-1)),
    Command("unread", "f9", "", "next conversation with something new", places.unread),
    Command("older", "pageup", "", "scroll back", places.scroll(-1)),
    Command("newer", "pagedown", "", "scroll forward", places.scroll(1)),
    Command("group", "", "GROUP [USER …]", "found a group and invite contacts", circles.found),
    Command("invite", "", "USER", "invite a contact into this group", circles.invite),
    Command("leave", "", "", "leave this group", circles.leave),
    Command("members", "", "", "who is in this group", circles.members),
    Command("quit", "ctrl+q", "", "leave; what is in the outbox goes out next time", places.leave_app),
)

BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}
BY_KEY: dict[str, str] = {command.key: command.name for command in COMMANDS if command.key}


def hints(names: tuple[str, ...]) -> str:
    """These commands in one line, as in `F3 accept · F4 deny`."""
    return " · ".join(BY_NAME[name].hint for name in names)
