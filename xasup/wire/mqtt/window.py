"""Publishes on their way: who waits for which acknowledgement, and how many may fly at once. Pure."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from xasup.protocol.errors import Unavailable
from xasup.wire.mqtt import reasons
from xasup.wire.mqtt.values import Done

IN_FLIGHT = 200  # more gives no more throughput


class Publish(NamedTuple):
    """A QoS 1 publish and who wants to know how it ended."""

    topic: str
    payload: bytes
    retain: bool
    done: Done


class Window:
    """At most *limit* publishes without an acknowledgement; the others wait in line, in order."""

    def __init__(self, limit: int = IN_FLIGHT) -> None:
        self.limit = limit
        self._flying: dict[int, Publish] = {}
        self._line: deque[Publish] = deque()
        self._last_mid = 0

    def __len__(self) -> int:
        """How many callers have not been told yet."""
        return len(self._flying) + len(self._line)

    @property
    def full(self) -> bool:
        return len(self._flying) >= self.limit

    @property
    def flies(self) -> bool:
        """The broker owes an acknowledgement."""
        return bool(self._flying)

    def line_up(self, publish: Publish) -> None:
        """To be sent as soon as there is room."""
        self._line.append(publish)

    def take(self) -> tuple[int, Publish] | None:
        """The next to send, with its packet id; None when nothing may or need be sent."""
        if self.full or not self._line:
            return None
        mid = self._free_mid()
        publish = self._flying[mid] = self._line.popleft()
        return mid, publish

    def drop(self, mid: int) -> None:
        """It could not be sent."""
        self._flying.pop(mid, None)

    def acknowledged(self, mid: int, code: int) -> None:
        """A PUBACK came; one that nobody waits for is ignored."""
        publish = self._flying.pop(mid, None)
        if publish is not None:
            publish.done(reasons.of_publish(code, publish.topic))

    def lost(self, error: Unavailable) -> None:
        """The connection is gone: tell all, in order."""
        waiting = [*self._flying.values(), *self._line]
        self._flying.clear()
        self._line.clear()
        for publish in waiting:
            publish.done(error)

    def _free_mid(self) -> int:
        # From the upper half: paho numbers its few SUBSCRIBEs from 1 upwards.
        while True:
            self._last_mid = self._last_mid + 1 & 0x7FFF
            mid = 0x8000 | self._last_mid
            if mid not in self._flying:
                return mid
