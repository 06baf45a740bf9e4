"""One person who writes to all people of a crowd, and knows what each of their devices must have.

Refuses to know: who is connected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xasup.chaos.accounts import now
from xasup.chaos.device import Device
from xasup.protocol import envelope, topics
from xasup.protocol.ids import ClientId, DeviceId, UserId, message_id
from xasup.wire.mqtt import Wire

HERALD = ClientId(UserId("herald"), DeviceId("horn"))


class Herald:
    """*sent*: by person, the payloads that the broker took."""

    def __init__(self, wire: Wire, crowd: Sequence[Device]) -> None:
        self.crowd = crowd
        self.sent: dict[UserId, list[bytes]] = {device.client.user: [] for device in crowd}
        self._wire = wire

    async def tell(self, text: str) -> None:
        """To each person. Raises Refused, Unavailable."""
        for user, sent in self.sent.items():
            number = len(sent) + 1
            message = envelope.Message(message_id(f"{user}.{number}"), now(), text, n=number, src="horn")
            payload = envelope.encode(message)
            await self._wire.publish(topics.message(user, HERALD.user), payload)
            sent.append(payload)

    def missing(self) -> Iterator[str]:
        """What a device does not have."""
        for device in self.crowd:
            for number, payload in enumerate(self.sent[device.client.user], 1):
                if payload not in device.got:
                    yield f"message {number} at {device.client}"
