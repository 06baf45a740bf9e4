"""The port between the screen and an engine: what a screen may ask of one. `xasup.client.Client` has this form."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

from xasup.client.events import Event
from xasup.client.values import (
    Connection,
    Contact,
    Conversation,
    Device,
    Group,
    LinkCode,
    Member,
    Message,
    Preferences,
    Step,
)
from xasup.protocol.ids import MessageId, UserId


class Writing(Protocol):
    """Messages of mine. All may raise Malformed, Refused or Unavailable."""

    async def send(self, to: str, text: str, re: str | None = None) -> MessageId: ...

    async def edit(self, id: str, text: str) -> MessageId:
        """Only what is refused or has not gone out (else Malformed); told as MessageReplaced. Its new id."""
        ...

    async def retry(self, id: str) -> None: ...

    async def discard(self, id: str) -> None: ...

    async def typing(self, to: str) -> None: ...

    async def shown(self, conversation: str, ids: Iterable[str]) -> None:
        """They were on the screen; their senders are told unless my preferences say otherwise."""
        ...


class Reading(Protocol):
    """What is in the device's file. All may raise Unavailable."""

    async def conversations(self) -> list[Conversation]: ...

    async def messages(self, conversation: str, before: int | None = None, limit: int = 50) -> list[Message]:
        """The newest *limit* lines with `seq` under *before*, oldest first."""
        ...

    async def messages_after(self, conversation: str, after: int, limit: int = 50) -> list[Message]:
        """The oldest *limit* lines with `seq` over *after*, oldest first."""
        ...

    async def day(self, conversation: str, ts: int) -> int | None:
        """`seq` of the first line written at *ts* (milliseconds since the epoch) or later."""
        ...

    async def search(
        self, text: str, conversation: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        """Lines with all these words, the last one perhaps only begun; the newest first; `seq` under *before*."""
        ...

    async def states(self, conversation: str, id: str) -> list[Step]:
        """How far a message of mine came, and when: as the history has it, else what this device knows."""
        ...


class Keeping(Protocol):
    """What I decide about conversations, and preferences, on this device alone. Changes of a conversation are told as
    ConversationChanged. All may raise Unavailable."""

    async def keep_draft(self, conversation: str, text: str) -> None: ...

    async def pin(self, conversation: str, on: bool) -> None: ...

    async def mute(self, conversation: str, on: bool) -> None: ...

    async def archive(self, conversation: str, on: bool) -> None:
        """It comes back by itself when somebody writes in it, unless it is muted."""
        ...

    async def mark_unread(self, conversation: str, on: bool) -> None: ...

    async def stopped(self, conversation: str, seq: int) -> None:
        """I left it; *seq*: its newest line then."""
        ...

    async def preferences(self) -> Preferences: ...

    async def prefer(self, preferences: Preferences) -> None: ...


class Relations(Protocol):
    """People. All may raise Malformed, Refused or Unavailable."""

    async def contacts(self) -> list[Contact]: ...

    async def ask(self, user: str, greeting: str = "") -> None: ...

    async def accept(self, user: str) -> None: ...

    async def deny(self, user: str) -> None: ...

    async def revoke(self, user: str) -> None: ...

    async def block(self, user: str) -> None: ...

    async def unblock(self, user: str) -> None: ...


class Circles(Protocol):
    """Groups. All may raise Malformed, Refused or Unavailable."""

    async def groups(self) -> list[Group]: ...

    async def create_group(self, group: str, name: str | None = None, members: Sequence[str] = ()) -> None: ...

    async def rename_group(self, group: str, name: str) -> None: ...

    async def invite(self, group: str, user: str) -> None: ...

    async def remove(self, group: str, user: str) -> None: ...

    async def hand_over(self, group: str, user: str) -> None: ...

    async def join(self, group: str) -> None: ...

    async def leave(self, group: str) -> None: ...

    async def members(self, group: str) -> list[Member]: ...


class MyDevices(Protocol):
    """All may raise Malformed, Refused or Unavailable."""

    async def devices(self) -> list[Device]: ...

    async def link_code(self, device: str) -> LinkCode:
        """For a new device of this name."""
        ...

    async def rename_device(self, device: str, label: str) -> None: ...

    async def revoke_device(self, device: str) -> None:
        """This one too."""
        ...


class Engine(Writing, Reading, Keeping, Relations, Circles, MyDevices, Protocol):
    """An engine that has been entered. What it lists is read again whenever an event says that it changed."""

    @property
    def user(self) -> UserId: ...

    @property
    def connection(self) -> Connection: ...

    def events(self) -> AsyncIterator[Event]: ...
