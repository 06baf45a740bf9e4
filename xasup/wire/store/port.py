"""The port of a device's store: lines of conversations, an outbox, an inbox, a roster, requests. Blocking; one thread.

All methods raise Unavailable when the disk does not do its part. Changes hold when the surrounding transaction() ends,
all or none. Refuses to know: what goes over the network, who is online.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from xasup.wire.store.rows import Arrival, ContactRow, Draft, GroupRow, Lane, Line, News, RequestRow, Task, Thread


class History(Protocol):
    """Lines to look at."""

    def page(self, conversation: str, before: int | None, limit: int) -> list[Line]:
        """The newest lines before *before*, oldest first; without what is held back."""
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
        """Number each within its conversation (from 1, per device), encode and add it: `sending`, task outbox."""
        ...

    def waiting(self, state_sent: bool, after: int, limit: int) -> list[Line]:
        """With task outbox and *seq* over *after*, in order: those the broker has (True) or has not (False)."""
        ...

    def advance(self, me: str, news: Iterable[News]) -> list[Line]:
        """Apply what was heard, by the table of states; returns the lines that changed, as they are now."""
        ...

    def offer_again(self, me: str, id: str) -> Line | None:
        """A refused line goes back to `sending`, with its old number; None where there is no refused one."""
        ...

    def discard(self, me: str, id: str) -> Line | None:
        """Delete a line that is refused or not sent; None where there is no such line."""
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

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, and durable when it ends."""
        ...

    def close(self) -> None:
        """Give the file back."""
        ...
