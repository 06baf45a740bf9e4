"""The rules of the broker as a model: may this device do that to this topic, and if not, why.

The plugin (broker/plugin/xasup_acl.c) says the same in C; a table and a random test hold the two together.
Refuses to know: how the directory is stored, how much of a rate is used up (that needs a clock), MQTT packets.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from xasup.protocol import topics
from xasup.protocol.directory import NO_RATE, Flag, Reader, UserRecord
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import ClientId, GroupId, UserId, service_account, user_id
from xasup.protocol.streams import ROUTES
from xasup.protocol.topics import Address, Kind, Space

MAX_PAYLOAD = 65536  # bytes
MAX_SERVICE_PAYLOAD = 196608  # bytes; a page of history holds several messages
DROPPED = "$SYS/broker/publish/messages/dropped"  # how many messages the broker has thrown away since it started
RATE = 1000  # publishes a second of a user to whom nobody has given a rate, unless the backend is told another
DEPTH = 20  # seconds in which the bucket of such a user fills: so much at once, after an absence

_MIRRORED = frozenset({*(route.filter for route in ROUTES.values()), DROPPED})  # filters of the bridge, and its alone


class Operation(StrEnum):
    """What Mosquitto asks its plugin about."""

    WRITE = "write"
    SUBSCRIBE = "subscribe"
    READ = "read"


class Reason(StrEnum):
    """Why, as the plugin spells it in `event/broker`."""

    OK = "ok"
    BAD_CREDENTIALS = "bad-credentials"
    NOT_A_TOPIC = "not-a-topic"
    NOT_YOU = "not-you"
    NOT_ACCEPTED = "not-accepted"
    NOT_MEMBER = "not-member"
    NOT_SERVICE = "not-service"
    NOT_YOURS = "not-yours"
    NO_RETAIN = "no-retain"
    TOO_LARGE = "too-large"
    TOO_FAST = "too-fast"
    DEVICE_INVALID = "device-invalid"
    DIRECTORY_UNAVAILABLE = "directory-unavailable"


@dataclass(frozen=True, slots=True)
class Rate:
    """*rate*: publishes a second; *burst*: at once."""

    rate: int
    burst: int


def rate_of(user: UserRecord, usual: int = RATE) -> Rate | None:
    """What holds for all devices of the user together; None: no limit. *usual*: of those to whom nobody has given one,
    0: none."""
    if user.flags & Flag.SERVICE or user.rate == NO_RATE:
        return None
    if user.rate:
        return Rate(user.rate, max(1, user.burst))
    return Rate(usual, usual * DEPTH) if usual else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One question. *topic* is a filter for SUBSCRIBE."""

    client: ClientId
    operation: Operation
    topic: str
    retain: bool = False
    size: int = 0


def may_connect(client: ClientId, username: str, token: str, directory: Reader, now: int) -> Reason:
    """CONNECT: the token's hash must match the directory's record, in constant time. *now*: seconds since the epoch."""
    device = directory.device(client)
    expected = device.token_sha256 if device else bytes(32)
    matches = hmac.compare_digest(hashlib.sha256(token.encode()).digest(), expected)
    if username != client.user or not matches:
        return Reason.BAD_CREDENTIALS
    return Reason.OK if _valid(client, directory, now) else Reason.BAD_CREDENTIALS


def may(attempt: Attempt, directory: Reader, now: int) -> Reason:
    """Decide one attempt by a connected client. A device that is not valid now may do nothing."""
    user = _valid(attempt.client, directory, now)
    if user is None:
        return Reason.DEVICE_INVALID
    match attempt.operation:
        case Operation.SUBSCRIBE:
            return _may_subscribe(attempt, user, directory)
        case Operation.WRITE:
            return _may_write(attempt, user, directory)
        case Operation.READ:
            return _may_read(attempt, user, directory)


def _valid(client: ClientId, directory: Reader, now: int) -> UserRecord | None:
    user, device = directory.user(client.user), directory.device(client)
    if user is None or device is None or Flag.SUSPENDED in user.flags:
        return None
    return user if device.expires == 0 or now < device.expires else None


def _may_write(attempt: Attempt, user: UserRecord, directory: Reader) -> Reason:
    try:
        address = topics.parse(attempt.topic)
    except Malformed:
        return Reason.NOT_A_TOPIC
    if attempt.retain and address.kind is not Kind.PRESENCE:
        return Reason.NO_RETAIN
    if attempt.size > (MAX_SERVICE_PAYLOAD if Flag.SERVICE in user.flags else MAX_PAYLOAD):
        return Reason.TOO_LARGE
    me = attempt.client.user
    if address.kind is Kind.EVENT:
        return _ok_if(_acts_as(me, user, address.actor), Reason.NOT_SERVICE)
    if address.actor != me:
        return Reason.NOT_YOU
    match address.space:
        case Space.SERVICE:
            return Reason.OK
        case Space.GROUP:
            return _ok_if(_member(directory, address.owner, me), Reason.NOT_MEMBER)
        case Space.USER if address.kind is Kind.PRESENCE:
            return _ok_if(address.owner == me, Reason.NOT_YOU)
        case Space.USER:
            return _ok_if(directory.accepts(UserId(address.owner), me), Reason.NOT_ACCEPTED)


def _may_read(attempt: Attempt, user: UserRecord, directory: Reader) -> Reason:
    me = attempt.client.user
    if attempt.topic == DROPPED:
        return _ok_if(_acts_as(me, user, "bridge"), Reason.NOT_SERVICE)
    try:
        address = topics.parse(attempt.topic)
    except Malformed:
        return Reason.NOT_A_TOPIC
    if _mirrored(address) and _acts_as(me, user, "bridge"):
        return Reason.OK
    match address.space:
        case Space.SERVICE:
            return _ok_if(_acts_as(me, user, address.owner), Reason.NOT_SERVICE)
        case Space.GROUP:
            return _ok_if(_member(directory, address.owner, me), Reason.NOT_MEMBER)
        case Space.USER if address.owner == me:
            return Reason.OK
        case Space.USER if address.kind is Kind.PRESENCE:
            return _ok_if(directory.accepts(UserId(address.owner), me), Reason.NOT_ACCEPTED)
        case Space.USER:
            # What was accepted while allowed is delivered: the contact edge is not asked again,
            # since Mosquitto deletes a queued message for good when its READ is refused.
            return _ok_if(address.actor == me and address.kind in _OWN_KINDS, Reason.NOT_YOURS)


_OWN_KINDS = frozenset({Kind.MESSAGE, Kind.RECEIPT})


def _may_subscribe(attempt: Attempt, user: UserRecord, directory: Reader) -> Reason:
    me = attempt.client.user
    if attempt.topic in _MIRRORED:
        return _ok_if(_acts_as(me, user, "bridge"), Reason.NOT_SERVICE)
    match attempt.topic.split("/"):
        case ["xasup", "v1", "u", owner, "#"]:
            return _ok_if(owner == me, Reason.NOT_YOURS)
        case ["xasup", "v1", "u", "+", "msg" | "receipt", actor]:
            return _ok_if(actor == me, Reason.NOT_YOURS)
        case ["xasup", "v1", "u", owner, "presence", actor] if owner == actor:
            return _ok_if(
                _is_user(owner) and (owner == me or directory.accepts(UserId(owner), me)), Reason.NOT_ACCEPTED
            )
        case ["xasup", "v1", "g", group, "#"]:
            return _ok_if(_is_user(group) and _member(directory, group, me), Reason.NOT_MEMBER)
        case ["xasup", "v1", "svc", service, "request", "+"]:
            return _ok_if(_is_user(service) and _acts_as(me, user, service), Reason.NOT_SERVICE)
        case _:
            return Reason.NOT_A_TOPIC


def _mirrored(address: Address) -> bool:
    route = ROUTES.get((address.space, address.kind))
    return route is not None and route.filter.rpartition("/")[2] in ("+", address.actor)


def _acts_as(me: UserId, user: UserRecord, service: str) -> bool:
    return Flag.SERVICE in user.flags and me == service_account(service)


def _member(directory: Reader, group: str, me: UserId) -> bool:
    return directory.role(GroupId(group), me) is not None


def _is_user(text: str) -> bool:
    try:
        user_id(text)
    except Malformed:
        return False
    return True


def _ok_if(condition: bool, otherwise: Reason) -> Reason:
    return Reason.OK if condition else otherwise


__all__ = [
    "DROPPED",
    "MAX_PAYLOAD",
    "MAX_SERVICE_PAYLOAD",
    "Address",
    "Attempt",
    "Operation",
    "Reason",
    "may",
    "may_connect",
]
