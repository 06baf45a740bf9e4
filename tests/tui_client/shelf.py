"""What a stand-in engine keeps on its device: lines, what its person decided about conversations, devices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xasup.client.events import ConnectionChanged, ConversationChanged, DeviceChanged, Event
from xasup.client.values import Connection, Conversation, Device, Link, LinkCode, Message, Preferences, Step, Traits
from xasup.protocol.errors import Code, Malformed, Refused
from xasup.protocol.ids import DeviceId, UserId, device_id
from xasup.protocol.requests import MAX_LABEL
from xasup.protocol.states import State

NOON = 1_795_348_800_000  # 2026-11-22 12:00 UTC, milliseconds


class Shelf:
    """Lines are in the order of `seq`."""

    def __init__(self, user: UserId) -> None:
        self._me = user
        self._lines: list[Message] = []
        self._traits: dict[str, Traits] = {}
        self._preferences = Preferences()
        self._devices = {"laptop": Device(DeviceId("laptop"), seen=NOON, this=True)}

    def tell(self, event: Event) -> None:
        raise NotImplementedError

    async def conversations(self) -> list[Conversation]:
        newest = {line.conversation: line for line in self._lines}
        found = [self._conversation(key, newest.get(key)) for key in {**newest, **self._traits}]
        return sorted(found, key=lambda each: -(each.last.seq if each.last else 0))

    async def messages(self, conversation: str, before: int | None = None, limit: int = 50) -> list[Message]:
        return [line for line in self._of(conversation) if before is None or line.seq < before][-limit:]

    async def messages_after(self, conversation: str, after: int, limit: int = 50) -> list[Message]:
        return [line for line in self._of(conversation) if line.seq > after][:limit]

    async def day(self, conversation: str, ts: int) -> int | None:
        return next((line.seq for line in self._of(conversation) if line.ts >= ts), None)

    async def search(
        self, text: str, conversation: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        wanted = text.lower().split()
        found = [
            line
            for line in reversed(self._lines)
            if (conversation is None or line.conversation == conversation)
            and (before is None or line.seq < before)
            and wanted
            and all(any(word.startswith(each) for word in line.text.lower().split()) for each in wanted)
        ]
        return found[:limit]

    async def states(self, conversation: str, id: str) -> list[Step]:
        line = next((line for line in self._of(conversation) if line.id == id), None)
        if line is None:
            raise Malformed(f"{id}: not a message here")
        steps = [Step(State.SENDING, line.ts), Step(line.state, line.ts + 1000, conversation)]
        return steps if line.mine else steps[:1]

    async def keep_draft(self, conversation: str, text: str) -> None:
        self._decide_on(conversation, draft=text)

    async def pin(self, conversation: str, on: bool) -> None:
        self._decide_on(conversation, pinned=on)

    async def mute(self, conversation: str, on: bool) -> None:
        self._decide_on(conversation, muted=on)

    async def archive(self, conversation: str, on: bool) -> None:
        self._decide_on(conversation, archived=on)

    async def mark_unread(self, conversation: str, on: bool) -> None:
        self._decide_on(conversation, marked=on)

    async def stopped(self, conversation: str, seq: int) -> None:
        self._decide_on(conversation, stop=seq, marked=False)

    async def preferences(self) -> Preferences:
        return self._preferences

    async def prefer(self, preferences: Preferences) -> None:
        self._preferences = preferences

    async def devices(self) -> list[Device]:
        return list(self._devices.values())

    async def link_code(self, device: str) -> LinkCode:
        name = device_id(device)
        if name in self._devices and not self._devices[name].code:
            raise Refused(f"device {name} exists; revoke it first or choose another name", Code.NAME_TAKEN)
        self._devices[name] = Device(name, code=True)
        self.tell(DeviceChanged(name, True, self._me, code=True))
        return LinkCode(name, f"xasup://{self._me}:c0de@127.0.0.1:1883/{name}?link", NOON + 60_000)

    async def rename_device(self, device: str, label: str) -> None:
        if len(label) > MAX_LABEL:
            raise Malformed(f"label: expected at most {MAX_LABEL} characters")
        self._devices[device] = replace(self._device(device), label=label)
        self.tell(DeviceChanged(DeviceId(device), True, self._me, label=label, renamed=True))

    async def revoke_device(self, device: str) -> None:
        ended = self._device(device)
        del self._devices[device]
        if not ended.this:
            self.tell(DeviceChanged(ended.device, False, self._me, code=ended.code, label=ended.label))
        else:
            self.tell(ConnectionChanged(Connection(Link.REFUSED, "this device was revoked")))

    def _device(self, device: str) -> Device:
        if device not in self._devices:
            raise Refused(f"there is no device {device}", Code.UNKNOWN_DEVICE)
        return self._devices[device]

    def _of(self, conversation: str) -> list[Message]:
        return [line for line in self._lines if line.conversation == conversation]

    def _decide_on(self, key: str, **changes: Any) -> None:
        before = self._traits.pop(key, Traits())
        now = replace(before, **changes)
        if now != Traits():
            self._traits[key] = now
        if now != before:
            self.tell(ConversationChanged(key))

    def _unarchive(self, key: str) -> None:
        """Somebody else has written there."""
        if not self._traits.get(key, Traits()).muted:
            self._decide_on(key, archived=False)

    def _conversation(self, key: str, last: Message | None) -> Conversation:
        unread = [line.seq for line in self._of(key) if line.unread]
        traits = self._traits.get(key, Traits())
        return Conversation(key, last, len(unread), unread[0] if unread else None, traits)
