"""All that the screen shows, in one frozen value, and the questions that drawing asks. Refuses to know widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui_client.consent import Taken
from tui_client.keys import USUAL, Keys
from tui_client.standing import Standing, towards, within
from tui_client.window import KEPT, find, joined, merged
from xasup.client.values import (
    Connection,
    Contact,
    Conversation,
    Group,
    Link,
    Message,
    Preferences,
    group_key,
    group_of,
)
from xasup.protocol.contacts import Edge
from xasup.protocol.groups import Role
from xasup.protocol.states import State

HAPPENED = 50  # events of one conversation that are kept
_CONNECTING, _PLAIN = Connection(Link.CONNECTING), Preferences()


@dataclass(frozen=True, slots=True)
class Remark:
    """A line above the input. *grave*: something did not work."""

    text: str = ""
    grave: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """*open*: the conversation on the right, "" for none; *lines*: those of its lines that are in memory, oldest first;
    *older*, *newer*: there may be more in the file on that side; *following*: the newest line is in view and stays
    so; *below*: how many of others arrived since it is not; *fresh*: `seq` from which lines were new when it was
    opened, 0 for none; *selected*: a message, "" while keys go to the input line; *reply*, *editing*: the message
    that what is written next replies to or replaces; *happened*: conversation → what happened in it, each after
    the line with its `seq`; *filter*: letters that the list is narrowed to; *unfolded*: what is archived is shown;
    *typing*: conversation → who writes, and until when; *retry_at*: of the connection, and *down_at*: when it was
    lost. All these times are seconds of the caller's clock. *past*: while history tells what was missed, how much
    of how much it has told. *decided*: the last decision about somebody, for undoing it. *keys*: those that hold,
    for hints."""

    me: str
    connection: Connection = _CONNECTING
    retry_at: float | None = None
    down_at: float | None = None
    past: tuple[int, int] | None = None
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    conversations: Mapping[str, Conversation] = field(default_factory=dict)
    open: str = ""
    lines: tuple[Message, ...] = ()
    older: bool = False
    newer: bool = False
    following: bool = True
    below: int = 0
    fresh: int = 0
    selected: str = ""
    reply: str = ""
    editing: str = ""
    happened: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    filter: str = ""
    unfolded: bool = False
    typing: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    remark: Remark = Remark()
    decided: Taken | None = None
    keys: Keys = USUAL
    preferences: Preferences = _PLAIN

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
        people = [user for user, each in self.contacts.items() if each.mine is Edge.ASKED]
        return [*people, *(group_key(each.group) for each in self.groups.values() if each.role is Role.INVITED)]

    def refused(self) -> Message | None:
        """The newest refused line of mine in the open conversation."""
        return next((line for line in reversed(self.lines) if line.mine and line.state is State.REFUSED), None)

    def unsent(self) -> Message | None:
        """The newest line of mine here that has not gone out."""
        waits = (State.REFUSED, State.SENDING)
        return next((line for line in reversed(self.lines) if line.mine and line.state in waits), None)

    def writer(self, now: float) -> str:
        """Who writes in the open conversation at this moment."""
        user, until = self.typing.get(self.open, ("", 0.0))
        return user if now < until else ""

    def unread(self) -> int:
        """Over all conversations."""
        return sum(conversation.unread for conversation in self.conversations.values())

    def chosen(self) -> Message | None:
        """The selected message."""
        return find(self.lines, self.selected) if self.selected else None

    def turned_to(self, key: str) -> View:
        """The same with another conversation open, its lines not read yet."""
        fresh = _fresh(self.conversations.get(key))
        window: dict[str, Any] = {"lines": (), "older": False, "newer": False, "following": True, "below": 0}
        return replace(self, open=key, fresh=fresh, remark=Remark(), selected="", reply="", editing="", **window)

    def with_lines(self, key: str, lines: list[Message], older: bool) -> View:
        """Lines read from the engine join those that came as events meanwhile; nothing goes back or is doubled."""
        if key != self.open:
            return self
        return replace(self, lines=merged(lines, self.lines), older=older)

    def with_older(self, key: str, lines: list[Message], more: bool) -> View:
        """The page before the first line; where that is too much for memory, the newest lines go."""
        if key != self.open:
            return self
        found = merged(lines, self.lines)
        newer = self.newer or len(found) > KEPT
        return replace(self, lines=found[:KEPT], older=more, newer=newer, following=self.following and not newer)

    def with_newer(self, key: str, lines: list[Message], more: bool) -> View:
        """The page after the last line; where that is too much for memory, the oldest lines go."""
        if key != self.open:
            return self
        found = merged(lines, self.lines)
        return replace(self, lines=found[-KEPT:], older=self.older or len(found) > KEPT, newer=more)

    def with_window(self, key: str, lines: list[Message], older: bool, newer: bool) -> View:
        """Another part of the same conversation."""
        if key != self.open:
            return self
        return replace(self, lines=tuple(lines), older=older, newer=newer, following=False)

    def with_news(self, message: Message) -> View:
        """A message has arrived in the open conversation. Who has scrolled back keeps what is in view: a message for
        which memory has no room is left in the file."""
        below = self.below if self.following or message.mine else self.below + 1
        full = not self.following and len(self.lines) >= KEPT
        if self.newer or full:
            return replace(self, below=below, newer=True)
        found = joined(self.lines, message)
        return replace(self, lines=found[-KEPT:], older=self.older or len(found) > KEPT, below=below)

    def with_event(self, key: str, text: str) -> View:
        """Something happened in a conversation, after its newest line; the last few such are kept while we run."""
        known = self.conversations.get(key)
        listed = known.last.seq if known and known.last else 0
        seq = max(listed, self.lines[-1].seq if key == self.open and self.lines else 0)
        told = (*self.happened.get(key, ()), (seq, text))[-HAPPENED:]
        return replace(self, happened={**self.happened, key: told})

    def looking(self, following: bool) -> View:
        """Somebody scrolled: to the newest line, or away from it."""
        if following == self.following:
            return self
        return replace(self, following=following, below=0)

    def with_conversations(self, found: Mapping[str, Conversation]) -> View:
        """The conversations as the engine has them now; what is as it was stays the same value."""
        known = self.conversations
        same = {key: known[key] if known.get(key) == each else each for key, each in found.items()}
        return replace(self, conversations=same)

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


def _fresh(conversation: Conversation | None) -> int:
    """From which line on a conversation is new to me."""
    if conversation is None or conversation.last is None:
        return 0
    stop = conversation.traits.stop
    if conversation.first_unread is not None and not (conversation.traits.marked and stop):
        return conversation.first_unread
    return stop + 1 if 0 < stop < conversation.last.seq else 0
