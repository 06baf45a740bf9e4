"""The port of the mailboxes: what the log holds, by who may see it, with the place in the log up to which it was taken.

A mailbox is never named from outside: whoever looks says who they are, and finds what is theirs. All methods block; one
thread may keep while another one looks. Refuses to know: the log, how answers are spelled, who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from xasup.protocol import streams
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.topics import Address, Space
from xasup.wire.log.port import Cursor

MAX_COUNT = 100_000  # entries that are counted as left, at most


class Letter(NamedTuple):
    """A message or a receipt, as it was published. *order*: in its batch; *id*: of a message, None for a receipt; *at*:
    when the bridge took it, in milliseconds since the epoch; *log*: its position in its stream."""

    order: int
    topic: str
    id: str | None
    at: int
    log: str
    payload: bytes


class Membership(NamedTuple):
    """A decision, at the place in the order where it is known. *at*: when it was made, in milliseconds since the
    epoch."""

    order: int
    user: UserId
    group: GroupId
    inside: bool
    at: int


class Sight(NamedTuple):
    """*by* tells that they have got, or *read*, message *id* of *author*."""

    id: str
    author: UserId
    by: UserId
    at: int
    read: bool


@dataclass(slots=True)
class Batch:
    """What is kept in one transaction, with the *cursor* behind it. *count*: how many orders were given; *gap*: before
    it something was lost, and nobody knows who left which group meanwhile: all memberships end."""

    cursor: Cursor
    letters: list[Letter] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    count: int = 0
    gap: bool = False

    def order(self) -> int:
        """For what is put into it next."""
        self.count += 1
        return self.count


class Kept(NamedTuple):
    """*letters* that are new, and *repeated* ones, which are here already."""

    letters: int
    repeated: int


class Entry(NamedTuple):
    """A letter in a mailbox. *seq*: its place in the order of all that this store has taken."""

    seq: int
    topic: str
    payload: bytes
    at: int
    log: str


class Wanted(NamedTuple):
    """What *user* wants to see: entries after place *after*, with *peer* (a user or `g:{group}`) alone or, "", with
    all; at most *limit*, and none beyond *room* bytes of payloads, but one; *counted*: and how many are left."""

    user: UserId
    after: int = 0
    peer: str = ""
    limit: int = 100
    room: int = 1 << 20
    counted: bool = False


class Page(NamedTuple):
    """*entries* in order; *more*: there are others behind them. As of *head*, the newest place. *left*: how many are
    behind these entries, at most MAX_COUNT; 0 where nobody asked."""

    entries: Sequence[Entry]
    more: bool
    head: int
    left: int = 0


class Standing(NamedTuple):
    """How far a message has come, in milliseconds since the epoch. *by*: whom it went to, "" for a group; 0: not yet,
    or not known."""

    stored: int
    by: str
    delivered: int
    read: int


class Lookup(Protocol):
    """What can be seen of mailboxes. Methods raise Unavailable."""

    @property
    def generation(self) -> str:
        """Of the store: places of another one mean nothing here."""
        ...

    def page(self, wanted: Wanted) -> Page:
        """Those of the entries that are the user's: from them, to them, and of groups while they were members."""
        ...

    def standing(self, user: UserId, sender: UserId, id: str) -> Standing | None:
        """Of a message of *sender*; None where there is none, or where it is none of *user*'s business."""
        ...

    def close(self) -> None: ...


class Mailboxes(Lookup, Protocol):
    """The same, and what fills them."""

    def cursor(self) -> Cursor:
        """Behind what was kept last. Raises Unavailable."""
        ...

    def keep(self, batch: Batch) -> Kept:
        """All of it, durably, or nothing. A message is kept once by sender and id. Raises Unavailable."""
        ...

    def check(self, stopped: Callable[[], bool]) -> None:
        """Look at everything, until *stopped* says so; in a thread of its own. Raises Damaged, Unavailable."""
        ...


def own(user: str) -> str:
    """The mailbox of all that is from a user or to them, but for groups."""
    return f"u/{user}"


def talk(one: UserId, other: UserId) -> str:
    """The mailbox of a conversation of two."""
    return f"c/{streams.pair(one, other)}"


def group(group: str) -> str:
    """The mailbox of a group."""
    return f"g/{group}"


def boxes(address: Address) -> Sequence[str]:
    """Where what is published there is kept."""
    if address.space is Space.GROUP:
        return (group(address.owner),)
    owner, actor = UserId(address.owner), UserId(address.actor)
    return tuple({own(owner): None, own(actor): None, talk(owner, actor): None})
