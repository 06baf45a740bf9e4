"""Messages and deliveries for tests of the bridge."""

from __future__ import annotations

from xasup.protocol import envelope
from xasup.protocol.envelope import Message
from xasup.protocol.ids import MessageId
from xasup.wire.mqtt.intake import Delivery


def body(id: str, text: str = "hello") -> bytes:
    return envelope.encode(Message(MessageId(id), 1, text, 1))


def delivery(topic: str, payload: bytes, mid: int = 1) -> Delivery:
    return topic.encode(), payload, mid
