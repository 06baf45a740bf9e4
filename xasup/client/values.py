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

    @property
    def unread(self) -> bool:
        """Somebody else's, and not shown on this device yet."""
        return not self.mine and self.state is not State.READ


@dataclass(frozen=True, slots=True)
class Traits:
    """What I decided about a conversation, kept on this device. *marked*: unread by my own word; *draft*: what I began
    to write; *stop*: `seq` of the newest line that was there when I last left it, 0 for never."""

    pinned: bool = False
    muted: bool = False
    archived: bool = False
    marked: bool = False
    draft: str = ""
    stop: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """*unread*: messages of others not shown yet; *first_unread*: `seq` of the oldest of them; *last*: the newest
    line, None where there are traits and nothing else."""

    key: str
    last: Message | None = None
    unread: int = 0
    first_unread: int | None = None
    traits: Traits = Traits()


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
    """*expires*: seconds since the epoch, 0 for never; *seen*: milliseconds, 0 for never; *this*: the one I run on;
    *label*: what people call it, free text; *code*: a link code that nobody has claimed yet."""

    device: DeviceId
    expires: int = 0
    seen: int = 0
    this: bool = False
    label: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class LinkCode:
    """Lets one new device in, once, until *until* (milliseconds since the epoch). *text*: the connect string that it
    connects with to get a token of its own; a secret until then."""

    device: DeviceId
    text: str = field(repr=False)
    until: int


@dataclass(frozen=True, slots=True)
class Step:
    """A message of mine came so far. *at*: milliseconds since the epoch, 0 where nobody wrote it down; *by*: who let it
    come so far, "" for the backend."""

    state: State
    at: int
    by: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Of this device. *read_receipts*: whether others learn what was on my screen; *quiet*: do not disturb;
    *unread_first*: the order of conversations; *bell*: ring for a message that nobody looks at; *desktop*: tell the
    desktop of it: "", "osc9" or "osc777", as the terminal has it; *theme*, *keys*: names, "" for the usual one;
    *open*: the conversation that was open last."""

    read_receipts: bool = True
    quiet: bool = False
    unread_first: bool = False
    bell: bool = True
    desktop: str = ""
    theme: str = ""
    keys: str = ""
    open: str = ""


def group_key(group: GroupId) -> str:
    """The conversation of a group."""
    return GROUP_PREFIX + group


def group_of(conversation: str) -> GroupId | None:
    """The inverse; None for a person's conversation."""
    return GroupId(conversation[len(GROUP_PREFIX) :]) if conversation.startswith(GROUP_PREFIX) else None
