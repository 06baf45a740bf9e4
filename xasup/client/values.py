"""What an engine shows of itself: messages, contacts, groups, devices, conversations, the connection. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from xasup.protocol.contacts import Edge, Told
from xasup.protocol.groups import Role
from xasup.protocol.ids import DeviceId, GroupId, MessageId, UserId
from xasup.protocol.states import State

GROUP_PREFIX = "g:"


class Link(StrEnum):
    """The state of the connection to the broker."""

    OFFLINE = "offline"  # not there; tried again by itself
    CONNECTING = "connecting"
    ONLINE = "online"
    REFUSED = "refused"  # the broker does not know this device (any more); tried again slowly


@dataclass(frozen=True, slots=True)
class Connection:
    """*reason*: a sentence where it is offline or refused; *retry_in*: seconds until the next attempt, if any."""

    link: Link
    reason: str = ""
    retry_in: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation.

    *conversation*: `bob` for a person, `g:hikers` for a group; *ts*: milliseconds by the sender's clock (for display
    only); *n*: its number among what this device (*src*) wrote here; *seq*: the order on this device, and the cursor of
    `messages(before=…)`; *mine*: written by my user, here or on another device of mine; *state*: how far mine came; of
    others `delivered`, then `read` once shown here; *reason*: of `refused`; *plain*: from a simple device, without an
    envelope, so it gets no receipts; *extra*: unknown fields."""

    conversation: str
    sender: UserId
    id: MessageId
    text: str
    ts: int
    state: State
    seq: int
    mine: bool = False
    n: int = 0
    src: str = ""
    re: MessageId | None = None
    reason: str = ""
    plain: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """*unread*: messages of others not shown yet; *last*: the newest line."""

    key: str
    last: Message | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """*mine*: my decision about them (`asked`: they wait for my answer); *theirs*: what I know of theirs about me
    (`accepted`: I may write); *online*: None while unknown; *ts*: of the last change, milliseconds."""

    user: UserId
    mine: Edge = Edge.NONE
    theirs: Told = Told.NONE
    ts: int = 0
    greeting: str = ""
    online: bool | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """*role*: mine: `none`, `invited`, `member` or `owner`; *by*: who made it so (the inviter)."""

    group: GroupId
    name: str = ""
    role: Role = Role.NONE
    by: str = ""
    ts: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's part in a group: `invited`, `member` or `owner`."""

    user: UserId
    role: Role


@dataclass(frozen=True, slots=True)
class Device:
    """*expires*: seconds since the epoch, 0 for never; *seen*: milliseconds, 0 for never; *this*: the one I run on."""

    device: DeviceId
    expires: int = 0
    seen: int = 0
    this: bool = False


def group_key(group: GroupId) -> str:
    """The conversation of a group."""
    return GROUP_PREFIX + group


def group_of(conversation: str) -> GroupId | None:
    """The inverse; None for a person's conversation."""
    return GroupId(conversation[len(GROUP_PREFIX) :]) if conversation.startswith(GROUP_PREFIX) else None
