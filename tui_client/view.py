"""All that the screen shows, in one frozen value, and the questions that drawing asks. Refuses to know widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui_client.standing import Standing, towards, within
from xasup.client.values import Connection, Contact, Conversation, Group, Link, Message, group_key, group_of
from xasup.protocol.states import State, advance

KEPT = 500  # lines of the open conversation kept in memory; older ones are in the engine's file
_CONNECTING = Connection(Link.CONNECTING)


@dataclass(frozen=True, slots=True)
class Remark:
    """A line above the input. *grave*: something did not work."""

    text: str = ""
    grave: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """*open*: the conversation on the right, "" for none; *lines*: its lines, oldest first; *older*: there may be more
    in the file; *typing*: conversation → who writes, and until when; *retry_at*: of the connection. Both times are
    seconds of the caller's clock. *past*: while history tells what was missed, how much of how much it has told."""

    me: str
    connection: Connection = _CONNECTING
    retry_at: float | None = None
    past: tuple[int, int] | None = None
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    conversations: Mapping[str, Conversation] = field(default_factory=dict)
    open: str = ""
    lines: tuple[Message, ...] = ()
    older: bool = False
    typing: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    remark: Remark = Remark()

    def standing(self, key: str) -> Standing:
        """Where I stand with the person or group of this conversation."""
        group = group_of(key)
        return within(self.groups.get(group)) if group is not None else towards(self.contacts.get(key))

    def title(self, key: str) -> str:
        """The name of a conversation; foreign text where it is a group's."""
        group = group_of(key)
        known = self.groups.get(group) if group is not None else None
        return known.name or known.group if known else key

    def greeting(self, key: str) -> str:
        """What was said with the request that waits for my answer."""
        contact = self.contacts.get(key)
        return contact.greeting if contact and self.standing(key) is Standing.ASKS_ME else ""

    def waiting(self) -> list[str]:
        """Those whose request or invitation waits for my answer."""
        keys = [*self.contacts, *(group_key(group.group) for group in self.groups.values())]
        return [key for key in keys if self.standing(key).waits_for_me]

    def refused(self) -> Message | None:
        """The newest refused line of mine in the open conversation."""
        return next((line for line in reversed(self.lines) if line.mine and line.state is State.REFUSED), None)

    def writer(self, now: float) -> str:
        """Who writes in the open conversation at this moment."""
        user, until = self.typing.get(self.open, ("", 0.0))
        return user if now < until else ""

    def unread(self) -> int:
        """Over all conversations."""
        return sum(conversation.unread for conversation in self.conversations.values())

    def turned_to(self, key: str) -> View:
        """The same with another conversation open, its lines not read yet."""
        return replace(self, open=key, lines=(), older=False, remark=Remark())

    def with_lines(self, key: str, lines: list[Message], older: bool) -> View:
        """Lines read from the engine join those that came as events meanwhile; nothing goes back or is doubled."""
        if key != self.open:
            return self
        return replace(self, lines=merged(lines, self.lines), older=older)

    def with_lists(
        self, contacts: list[Contact], groups: list[Group], conversations: list[Conversation], **changes: Any
    ) -> View:
        """The lists as the engine has them now."""
        return replace(
            self,
            contacts={contact.user: contact for contact in contacts},
            groups={group.group: group for group in groups},
            conversations={conversation.key: conversation for conversation in conversations},
            **changes,
        )


def merged(older: list[Message], newer: tuple[Message, ...]) -> tuple[Message, ...]:
    """Both, each message once and with its furthest state, in the order of this device."""
    found = {message.seq: message for message in older}
    for message in newer:
        known = found.get(message.seq)
        found[message.seq] = message if known is None else further(known, message)
    return tuple(found[seq] for seq in sorted(found))


def further(known: Message, news: Message) -> Message:
    """The one of two versions of a message whose state is the later one."""
    return news if advance(known.state, news.state) is news.state else known
