"""What a person decides about conversations, and preferences: kept in the file of this device, told to nobody."""

from __future__ import annotations

from typing import Any

from xasup.client import preferences
from xasup.client.events import ConversationChanged
from xasup.client.parts import Parts
from xasup.client.values import Preferences
from xasup.wire.store import DeviceStore


class Keeping:
    """See Client. All raise Unavailable: then nothing has changed. Changes are told as ConversationChanged."""

    _parts: Parts

    async def keep_draft(self, conversation: str, text: str) -> None:
        """What I began to write there; "" for nothing."""
        await self._put(conversation, draft=text.encode(errors="replace").decode())

    async def pin(self, conversation: str, on: bool) -> None:
        """Keep it at the top."""
        await self._put(conversation, pinned=on)

    async def mute(self, conversation: str, on: bool) -> None:
        """Its messages are no news."""
        await self._put(conversation, muted=on)

    async def archive(self, conversation: str, on: bool) -> None:
        """Out of sight, until somebody writes in it; for good when it is muted."""
        await self._put(conversation, archived=on)

    async def mark_unread(self, conversation: str, on: bool) -> None:
        """By my own word, until it is shown."""
        await self._put(conversation, marked=on)

    async def stopped(self, conversation: str, seq: int) -> None:
        """I have seen it and left it; *seq*: its newest line then."""
        await self._put(conversation, stop=seq, marked=False)

    async def preferences(self) -> Preferences:
        """As they were written last."""
        return preferences.read(await self._parts.journal.do(lambda store: store.choices.preferences()))

    async def prefer(self, wanted: Preferences) -> None:
        """Without read receipts, what was shown and not told yet is not told either, whatever I prefer later."""

        def job(store: DeviceStore) -> None:
            store.choices.prefer(preferences.write(wanted))
            if not wanted.read_receipts:
                store.choices.hush()

        await self._parts.journal.do(job)

    async def _put(self, conversation: str, **changes: Any) -> None:
        def job(store: DeviceStore) -> bool:
            return store.choices.put(store.choices.of(conversation)._replace(**changes))

        def told(changed: bool) -> None:
            if changed:
                self._parts.feed.tell(ConversationChanged(conversation))

        await self._parts.journal.do(job, told)
