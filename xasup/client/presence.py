"""Who is here: I say that I am, and remember what contacts say. Bounded by the number of contacts."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from xasup.client.events import PresenceChanged
from xasup.client.feed import Feed
from xasup.client.world import World
from xasup.protocol import codec, events, topics
from xasup.protocol.errors import XasupError
from xasup.protocol.ids import ClientId, UserId
from xasup.wire.mqtt import Done, Will, Wire

_GOODBYE = 1.0  # seconds


class Presence:
    """*client*: me, on this device."""

    def __init__(self, client: ClientId, feed: Feed, world: World) -> None:
        self._client, self._feed, self._world = client, feed, world
        self._online: dict[UserId, bool] = {}
        self._leaving = False
        self._wire: Wire | None = None

    def will(self) -> Will:
        """What the broker says for me when I vanish."""
        return Will(topics.presence(self._client.user), self._payload(False), retain=True)

    def say(self, wire: Wire, online: bool) -> None:
        """To my contacts; who may not say it (a device revoked this moment) need not be told."""
        self._wire = wire
        wire.publish_with(topics.presence(self._client.user), self._payload(online), _unheard, retain=True)

    def probe(self, done: Done) -> None:
        """Say once more that I am here: every device may, so a no concerns the device and not what it says."""
        if self._wire is not None:
            self._wire.publish_with(topics.presence(self._client.user), self._payload(True), done, retain=True)

    async def leave(self, wire: Wire) -> None:
        """Say *offline* before a goodbye; the broker has it when this returns, or a second has passed."""
        self._leaving = True
        with suppress(XasupError, TimeoutError):  # then the will, or the other devices, say what is true
            async with asyncio.timeout(_GOODBYE):
                await wire.publish(topics.presence(self._client.user), self._payload(False), retain=True)

    def heard(self, wire: Wire, user: UserId, online: bool) -> None:
        """Another device of mine says *offline* for all of us when it leaves: I contradict."""
        if user == self._client.user:
            if not online and not self._leaving:
                self.say(wire, True)
            return
        if self._online.get(user) is not online:
            self._online[user] = online
            self._feed.tell(PresenceChanged(user, online))

    def of(self, user: str) -> bool | None:
        """None while unknown."""
        return self._online.get(UserId(user))

    def forget(self, user: str) -> None:
        """Not a contact any more: I may not know."""
        self._online.pop(UserId(user), None)

    def forget_all(self) -> None:
        """The connection is gone."""
        self._online.clear()
        self._wire = None

    def _payload(self, online: bool) -> bytes:
        return codec.encode(events.presence(online, self._client.device, self._world.now_ms()))


def _unheard(error: XasupError | None) -> None:
    """Presence is said again with the next connection."""
