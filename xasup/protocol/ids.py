"""Identifiers: who, which device, which group, which message. Parsed at the door, trusted inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import NewType

from xasup.protocol.errors import Malformed

UserId = NewType("UserId", str)
DeviceId = NewType("DeviceId", str)
GroupId = NewType("GroupId", str)
MessageId = NewType("MessageId", str)

SERVICE_PREFIX = "svc-"
SERVICES = ("broker", "contacts", "groups", "devices", "history", "bridge", "canary")
RESERVED = frozenset({*SERVICES, "g"})  # g:hikers is a group's conversation, not that of g and hikers

NAME_RULE = "1 to 32 of a-z 0-9 _ -, beginning with a letter or digit"
MESSAGE_ID_RULE = "1 to 64 of A-Z a-z 0-9 _ . : -"
NAME_PATTERN = r"[a-z0-9][a-z0-9_-]{0,31}"
MESSAGE_ID_PATTERN = r"[A-Za-z0-9_.:-]{1,64}"
_NAME = re.compile(NAME_PATTERN, re.ASCII)
_MESSAGE_ID = re.compile(MESSAGE_ID_PATTERN, re.ASCII)


def user_id(text: str) -> UserId:
    """A user, person or service. Raises Malformed."""
    return UserId(_name("user", text))


def person_id(text: str) -> UserId:
    """A user id that a person may take: not a service's. Raises Malformed."""
    name = _name("user", text)
    if name in RESERVED or name.startswith(SERVICE_PREFIX):
        raise Malformed(f"user {name!r}: this name belongs to a service of the system; choose another")
    return UserId(name)


def device_id(text: str) -> DeviceId:
    """One device of a user. Raises Malformed."""
    return DeviceId(_name("device", text))


def group_id(text: str) -> GroupId:
    """A group. Raises Malformed."""
    return GroupId(_name("group", text))


def message_id(text: str) -> MessageId:
    """A message's or request's id, chosen by its sender. Raises Malformed."""
    if not _MESSAGE_ID.fullmatch(text):
        raise Malformed(f"id {text[:80]!r}: expected {MESSAGE_ID_RULE}")
    return MessageId(text)


def service_account(service: str) -> UserId:
    """The account under which *service* connects; it acts in topics as *service*."""
    return UserId(SERVICE_PREFIX + service)


def uuid7(ms: int, dice: int) -> MessageId:
    """A UUID version 7 (RFC 9562 section 5.7). *ms* since the epoch; *dice*: 74 random bits, the caller owns them."""
    a, b = dice >> 62 & 0xFFF, dice & (1 << 62) - 1
    number = (ms & (1 << 48) - 1) << 80 | 0x7 << 76 | a << 64 | 0b10 << 62 | b
    text = f"{number:032x}"
    return MessageId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


@dataclass(frozen=True, slots=True)
class ClientId:
    """The MQTT client id of a device: `{user}:{device}`."""

    user: UserId
    device: DeviceId

    def __str__(self) -> str:
        return f"{self.user}:{self.device}"

    @property
    def tag(self) -> str:
        """What tells this device from the user's others without naming it: 8 hexadecimal digits."""
        return sha256(str(self).encode()).hexdigest()[:8]

    @classmethod
    def parse(cls, text: str) -> ClientId:
        """The inverse of str(). Raises Malformed."""
        user, colon, device = text.partition(":")
        if not colon:
            raise Malformed(f"client id {text[:80]!r}: expected user:device")
        return cls(user_id(user), device_id(device))


def _name(kind: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise Malformed(f"{kind} {text[:80]!r}: expected {NAME_RULE}")
    return text
