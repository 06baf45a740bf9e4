"""What an engine tells its user, one value each. An event comes after its effect is in the file."""

from __future__ import annotations

from dataclasses import dataclass

from xasup.client.values import Connection, Contact, Group, Message
from xasup.protocol.errors import Code
from xasup.protocol.groups import Role
from xasup.protocol.ids import DeviceId, GroupId, MessageId, UserId
from xasup.protocol.states import State


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A new line to show: from somebody else, from another device of mine (`message.mine`), or just sent here."""

    message: Message


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A message has come further: mine towards `read` or `refused` (with *reason*), another's was marked read."""

    conversation: str
    id: MessageId
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MessageRemoved:
    """A line was discarded here."""

    conversation: str
    id: MessageId


@dataclass(frozen=True, slots=True)
class MessageReplaced:
    """A line of mine that had not gone out has another text now: *message* stands in the place of *id*."""

    id: MessageId
    message: Message


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """I decided something about it (see Traits)."""

    key: str


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """The relation as it now stands."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """My part in a group, or its name, as it now stands; role `none`: I am out."""

    group: Group


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """Somebody's part in a group: `none`, `invited`, `member` or `owner`."""

    group: GroupId
    user: UserId
    role: Role
    by: str


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """A contact came or went."""

    user: UserId
    online: bool


@dataclass(frozen=True, slots=True)
class Typing:
    """*user* is writing in *conversation*; true for a few seconds."""

    conversation: str
    user: UserId


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """Also in `Client.connection`."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """History tells what this device missed: *done* of about *total* so far."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Everything that was stored before this connection is here; *count*: what history had to tell for that."""

    count: int


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device of mine was linked or revoked. *code*: it is, or was, a link code that nobody has claimed; *renamed*:
    what is new is its *label*."""

    device: DeviceId
    linked: bool
    by: str
    code: bool = False
    label: str = ""
    renamed: bool = False

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        if self.renamed:
            return (
                f"your device {self.device} is called “{self.label}”" if self.label else f"{self.device} has no label"
            )
        if self.code:
            fate = f"was made by {self.by}, and waits" if self.linked else "was not used, and is over"
            return f"a link code for your device {self.device} {fate}"
        return f"your device {self.device} was {'linked' if self.linked else 'revoked'} by {self.by}"


@dataclass(frozen=True, slots=True)
class BrokerRefused:
    """The broker let something pass that nobody waits for not pass (typing, say)."""

    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A request was answered after its caller had given up waiting; *code* is None where it was carried out."""

    id: str
    op: str
    code: Code | str | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know; foreign parts of *text* are not yet inert."""

    text: str


@dataclass(frozen=True, slots=True)
class Missed:
    """The reader of events was too slow and *count* older ones were dropped: read the lists again."""

    count: int


Event = (
    MessageAdded
    | StateChanged
    | MessageRemoved
    | MessageReplaced
    | ConversationChanged
    | ContactChanged
    | GroupChanged
    | MemberChanged
    | PresenceChanged
    | Typing
    | ConnectionChanged
    | CatchingUp
    | CaughtUp
    | DeviceChanged
    | BrokerRefused
    | RequestAnswered
    | Notice
    | Missed
)
