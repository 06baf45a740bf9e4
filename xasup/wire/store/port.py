"""The port of a device's store: lines of conversations, an outbox, an inbox, a roster, requests. Blocking; one thread.

All methods raise Unavailable when the disk does not do its part, Damaged when it gave back what nobody wrote. Changes
hold when the surrounding transaction() ends, all or none. Refuses to know: what goes over the network, who is online.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from xasup.wire.store.rows import (
    Arrival,
    ContactRow,
    Draft,
    GroupRow,
    Lane,
    Line,
    News,
    RequestRow,
    Task,
    Thread,
    TraitsRow,
)


class History(Protocol):
    """Lines to look at."""

    def page(self, conversation: str, before: int | None, limit: int) -> list[Line]:
        """The newest lines before *before*, oldest first; without what is held back."""
        ...

    def page_after(self, conversation: str, after: int, limit: int) -> list[Line]:
        """The oldest lines after *after*, oldest first; without what is held back."""
        ...

    def newest(self) -> int:
        """`seq` of the newest line of all; 0 for none."""
        ...

    def threads(self) -> list[Thread]:
        """Conversations with lines, the newest first."""
        ...

    def find(self, ids: Iterable[str]) -> list[Line]:
        """All lines with these ids, of whatever sender, in order."""
        ...


class Outbox(Protocol):
    """Lines of mine, on their way."""

    def compose(self, me: str, drafts: Sequence[Draft]) -> list[Line]:
        """Number each within its conversation (from 1, per device), and say which is the lowest number there that is
        neither stored nor given up; encode and add it: `sending`, task outbox."""
        ...

    def waiting(self, state_sent: bool, after: int, limit: int) -> list[Line]:
        """With task outbox and *seq* over *after*, in order: those the broker has (True) or has not (False)."""
        ...

    def advance(self, me: str, news: Iterable[News]) -> list[Line]:
        """Apply what was heard, by the table of states; returns the lines that changed, as they are now."""
        ...

    def mine(self, me: str, id: str) -> Line | None: ...

    def offer_again(self, me: str, id: str) -> Line | None:
        """A refused line goes back to `sending`, with its old number; None where there is no refused one."""
        ...

    def discard(self, me: str, id: str) -> Line | None:
        """Delete a line that is refused or not sent; None where there is no such line."""
        ...

    def unseen(self, me: str, id: str) -> bool:
        """Whether this line is refused, and surely nobody has got it."""
        ...

    def rewrite(self, me: str, id: str, new_id: str, text: str) -> Line | None:
        """Another text, under another id, in the same place and with the same number; it is `sending` then. None where
        it is neither `sending` (that nobody has got it, the caller knows) nor refused and unseen. Raises Malformed."""
        ...


class Inbox(Protocol):
    """Lines that came."""

    def add(self, arrivals: Sequence[Arrival]) -> list[Line]:
        """In order. What is here already by (sender, id) is left as it is."""
        ...

    def tasked(self, task: Task, limit: int) -> list[Line]:
        """The oldest lines with this task."""
        ...

    def release(self, me: str, held: Sequence[Line]) -> list[Line]:
        """Held lines take their place at the end of their conversations, in this order."""
        ...

    def shown(self, conversation: str, ids: Iterable[str], then: Task) -> list[Line]:
        """Unread lines among these become `read`, with task *then*; returns those that changed."""
        ...

    def told(self, sender: str, ids: Iterable[str]) -> None:
        """Their sender knows that these were read: nothing more is owed."""
        ...


class Past(Protocol):
    """How complete this device is."""

    def position(self) -> str:
        """Of the history service; "" before the first."""
        ...

    def reached(self, position: str) -> None: ...

    def counts(self, lanes: Iterable[Lane]) -> dict[Lane, int]:
        """The newest number shown in each of these; without those of which none was shown."""
        ...

    def count(self, newest: Mapping[Lane, int]) -> None: ...

    def match(self, conversation: str, sender: str, payload: bytes, at: int, within: int) -> bool:
        """Whether a line without an id of its sender is here that says the same and came at *at*, give or take *within*
        milliseconds; the nearest, and each is found once."""
        ...


class Search(Protocol):
    """Lines by their words. Follows all changes of lines by itself."""

    def find(self, text: str, conversation: str | None, before: int | None, limit: int) -> list[Line]:
        """The newest lines before *before* that have all words of *text*, the last one perhaps only begun; newest
        first. *conversation*: None for all."""
        ...

    def build(self, limit: int) -> bool:
        """Index *limit* more lines of a file that had no index, the newest first; False when all are."""
        ...


class Choices(Protocol):
    """What the device's owner decided."""

    def all(self) -> list[TraitsRow]:
        """Of conversations about which something was decided."""
        ...

    def of(self, conversation: str) -> TraitsRow: ...

    def put(self, row: TraitsRow) -> bool:
        """True when it says something new."""
        ...

    def unarchive(self, conversations: Iterable[str]) -> list[str]:
        """Those among these that were archived and not muted; they are not archived any more."""
        ...

    def preferences(self) -> bytes:
        """A JSON object."""
        ...

    def prefer(self, payload: bytes) -> None: ...

    def hush(self) -> None:
        """What was shown, and its sender not told, stays untold for ever."""
        ...


class Roster(Protocol):
    """Whom I know, as last heard."""

    def contacts(self) -> list[ContactRow]: ...
    def groups(self) -> list[GroupRow]: ...

    def put_contact(self, row: ContactRow) -> bool:
        """True when it says something new; an older one (by `ts`) changes nothing."""
        ...

    def put_group(self, row: GroupRow) -> bool:
        """The same."""
        ...

    def rename_group(self, group: str, name: str, ts: int) -> GroupRow | None:
        """The row as it is now, if that is new."""
        ...

    def drop_contact(self, user: str) -> None: ...
    def drop_group(self, group: str) -> None: ...


class Requests(Protocol):
    """What was asked of services and not answered yet."""

    def put(self, row: RequestRow) -> None: ...
    def drop(self, id: str) -> None: ...
    def all(self) -> list[RequestRow]: ...


class DeviceStore(Protocol):
    """Everything of one device."""

    @property
    def remark(self) -> str:
        """What its owner is to be told about it; "" for nothing."""
        ...

    @property
    def history(self) -> History: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def roster(self) -> Roster: ...
    @property
    def requests(self) -> Requests: ...
    @property
    def past(self) -> Past: ...
    @property
    def search(self) -> Search: ...
    @property
    def choices(self) -> Choices: ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, and durable when it ends."""
        ...

    def close(self) -> None:
        """Give the file back."""
        ...
