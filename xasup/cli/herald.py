"""Tells the desktop, through the terminal, what a person would look up for: messages, asks, invitations. Not often."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

from xasup.client import Client, ContactChanged, Event, GroupChanged, MessageAdded, group_of
from xasup.protocol.contacts import Edge
from xasup.protocol.errors import Malformed
from xasup.protocol.groups import Role
from xasup.runtime.notify import Way, notification
from xasup.runtime.output import note

PAUSE = 1.0  # seconds between two; what comes in between is printed, but not told


def terminal() -> TextIO:
    """Where notifications go: standard output, or standard error where only that is a terminal. Raises Malformed."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            return stream
    raise Malformed("--notify speaks to a terminal, and neither standard output nor standard error is one")


def worth(event: Event) -> tuple[str, str] | None:
    """Title and text, both foreign; None for what is no reason to look up."""
    match event:
        case MessageAdded(message) if not message.mine:
            group = group_of(message.conversation)
            return f"{message.sender} in {group}" if group else message.sender, message.text
        case ContactChanged(contact) if contact.mine is Edge.ASKED:
            return f"{contact.user} asks to be a contact", contact.greeting
        case GroupChanged(group) if group.role is Role.INVITED:
            return f"{group.by} invites you", group.name or group.group
    return None


class Herald:
    """*now*: seconds, of a clock that only goes forward."""

    def __init__(self, ways: tuple[Way, ...], terminal: TextIO, now: Callable[[], float]) -> None:
        self._ways, self._terminal, self._now = ways, terminal, now
        self._quiet_until = 0.0
        self._muted: frozenset[str] = frozenset()

    async def learn(self, me: Client) -> None:
        """What is muted on this device. While we have its file nobody else changes that."""
        self._muted = frozenset(each.key for each in await me.conversations() if each.traits.muted)
        if (await me.preferences()).quiet:
            note("do not disturb is set on this device; --notify goes before it, but not for what is muted")

    def tell(self, event: Event) -> None:
        """Or not, where it is no news for a person, or comes too soon after the last one."""
        said = worth(event)
        if said is None or self._now() < self._quiet_until:
            return
        if isinstance(event, MessageAdded) and event.message.conversation in self._muted:
            return
        self._quiet_until = self._now() + PAUSE
        self._terminal.write(notification(self._ways, *said))
        self._terminal.flush()
