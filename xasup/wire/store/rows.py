"""What a device's store keeps, as values. Refuses to know how."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from xasup.protocol.states import State


class Task(IntEnum):
    """What is still to be done about a line; each line has at most one task."""

    NONE = 0
    OUTBOX = 1  # mine: this device is to bring it to its recipient
    HELD = 2  # another's: kept back until what it replies to is here
    UNREAD = 3  # another's: not shown yet
    OWED = 4  # another's: shown, but its sender has not been told
    QUIET = 5  # another's: shown, and its sender is not to be told


class Line(NamedTuple):
    """One message, its *payload* byte for byte. *seq*: order on this device; *at*: when it came, milliseconds of our
    clock."""

    seq: int
    conversation: str
    sender: str
    id: str
    payload: bytes
    at: int
    state: State
    reason: str
    task: Task


class Draft(NamedTuple):
    """A message of mine that has no number yet. *src*: the tag of this device."""

    conversation: str
    id: str
    ts: int
    text: str
    re: str | None = None
    src: str = ""


class Arrival(NamedTuple):
    """A line to add, as it came."""

    conversation: str
    sender: str
    id: str
    payload: bytes
    at: int
    state: State
    task: Task


class News(NamedTuple):
    """How far my message *id* came. *conversation*: count it only there (a receipt counts from the recipient alone);
    *unseen*: it is refused, and surely nobody has got it."""

    id: str
    state: State
    reason: str = ""
    conversation: str | None = None
    unseen: bool = False


class Thread(NamedTuple):
    """A conversation, its newest line, how many lines were not shown yet, and `seq` of the oldest of these."""

    conversation: str
    last: Line
    unread: int
    first: int | None


class TraitsRow(NamedTuple):
    """What its owner decided about a conversation. *stop*: the newest line when they left it."""

    conversation: str
    pinned: bool = False
    muted: bool = False
    archived: bool = False
    marked: bool = False
    draft: str = ""
    stop: int = 0


class Lane(NamedTuple):
    """What one device of somebody writes in one conversation: numbered by itself. *src*: the device's tag."""

    conversation: str
    sender: str
    src: str


class ContactRow(NamedTuple):
    """As `contact` events say it."""

    user: str
    mine: str
    theirs: str
    ts: int
    greeting: str = ""


class GroupRow(NamedTuple):
    """As `group` events say it."""

    group: str
    name: str
    role: str
    by: str
    ts: int


class RequestRow(NamedTuple):
    """A request without an answer yet."""

    id: str
    service: str
    op: str
    payload: bytes
