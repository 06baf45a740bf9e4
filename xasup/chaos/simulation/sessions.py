"""What the broker keeps of one client: subscriptions, what waits for it, what is on its way to it. Refuses to know:
connections, rights.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from xasup.protocol.ids import ClientId
from xasup.wire.mqtt import packets

_DUP = 0x08


class Message(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool = False


@dataclass(slots=True)
class Session:
    """*name*: of the client, as it connects; *window*: how many may be on their way."""

    client: ClientId
    name: str
    window: int = 20
    filters: dict[str, tuple[bool, int]] = field(default_factory=dict)  # No Local, QoS
    waiting: deque[Message] = field(default_factory=deque)
    flying: dict[int, Message] = field(default_factory=dict)
    _last: int = 0

    def copy(self) -> Session:
        """As it is now."""
        twin = Session(self.client, self.name, self.window, dict(self.filters), deque(self.waiting), dict(self.flying))
        twin._last = self._last
        return twin

    def wants(self, topic: str, sender: str) -> int | None:
        """At which QoS it gets what the client *sender* publishes there, None: not at all."""
        for filter, (no_local, qos) in self.filters.items():
            if matches(filter, topic) and not (no_local and sender == self.name):
                return qos
        return None

    def again(self) -> Iterator[bytes]:
        """What was on its way when the connection ended."""
        for mid, message in self.flying.items():
            packet = bytearray(packets.publish(message.topic, message.payload, 1, message.retain, mid))
            packet[0] |= _DUP
            yield bytes(packet)

    def next(self) -> Iterator[bytes]:
        """What may go out now."""
        while self.waiting and (len(self.flying) < self.window or not self.waiting[0].qos):
            message = self.waiting.popleft()
            mid = self._free() if message.qos else 0
            if mid:
                self.flying[mid] = message
            yield packets.publish(message.topic, message.payload, message.qos, message.retain, mid)

    def acknowledged(self, mid: int) -> None:
        self.flying.pop(mid, None)

    def _free(self) -> int:
        while True:
            self._last = self._last % 0xFFFF + 1
            if self._last not in self.flying:
                return self._last


@lru_cache(maxsize=65_536)
def matches(filter: str, topic: str) -> bool:
    """Section 4.7 of MQTT 5."""
    wanted, levels = filter.split("/"), topic.split("/")
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(levels) or (level != "+" and level != levels[at]):
            return False
    return len(wanted) == len(levels)
