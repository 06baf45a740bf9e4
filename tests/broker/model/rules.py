"""Who may do what, written from the design's tables of topics and filters, to be held against the broker.

A second opinion: it shares nothing with xasup/protocol/access.py or the plugin but the words for a reason. A reason
that is told must be true; which one is told of several that are true, is not decided here. Refuses to know: brokers,
clocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from tests.broker.model.world import Device, World, token
from xasup.protocol.directory import Flag

Rule = Callable[[World, str, dict[str, str]], bool]
Line = tuple[str, Rule, str]  # topic or filter, what it asks for, the reason where that is not so
Lines = tuple[Line, ...]


class Welcome(Enum):
    """What becomes of a CONNECT."""

    YES = "let in"
    NO = "refused"
    SILENCE = "closed without an answer"


def _me(name: str) -> Rule:
    return lambda world, me, names: names[name] == me


def _acts_as(name: str) -> Rule:
    return lambda world, me, names: me == f"svc-{names[name]}" and bool(world.users[me] & Flag.SERVICE)


def _either(*rules: Rule) -> Rule:
    return lambda world, me, names: any(rule(world, me, names) for rule in rules)


def _accepted(world: World, me: str, names: dict[str, str]) -> bool:
    return (names["to"], me) in world.accepts


def _member(world: World, me: str, names: dict[str, str]) -> bool:
    return (names["group"], me) in world.members


def _anybody(world: World, me: str, names: dict[str, str]) -> bool:
    return True


def _bridge(world: World, me: str, names: dict[str, str]) -> bool:
    return me == "svc-bridge" and bool(world.users[me] & Flag.SERVICE)


_TO, _FROM = _me("to"), _me("from")
_DROPPED = "$SYS/broker/publish/messages/dropped"

WRITES: Lines = (
    ("xasup/v1/u/{to}/msg/{from}", _accepted, "not-accepted"),
    ("xasup/v1/u/{to}/receipt/{from}", _accepted, "not-accepted"),
    ("xasup/v1/u/{to}/typing/{from}", _accepted, "not-accepted"),
    ("xasup/v1/u/{to}/event/{service}", _acts_as("service"), "not-service"),
    ("xasup/v1/u/{to}/presence/{from}", _TO, "not-you"),
    ("xasup/v1/g/{group}/msg/{from}", _member, "not-member"),
    ("xasup/v1/g/{group}/typing/{from}", _member, "not-member"),
    ("xasup/v1/g/{group}/event/{service}", _acts_as("service"), "not-service"),
    ("xasup/v1/svc/{service}/request/{from}", _anybody, ""),
)

READS: Lines = (
    ("xasup/v1/u/{to}/msg/{from}", _either(_TO, _FROM, _bridge), ""),
    ("xasup/v1/u/{to}/receipt/{from}", _either(_TO, _FROM, _bridge), ""),
    ("xasup/v1/u/{to}/typing/{from}", _TO, ""),
    ("xasup/v1/u/{to}/event/groups", _either(_TO, _bridge), ""),
    ("xasup/v1/u/{to}/event/{service}", _TO, ""),
    ("xasup/v1/u/{to}/presence/{to}", _either(_TO, _accepted), ""),
    ("xasup/v1/g/{group}/msg/{from}", _either(_member, _bridge), ""),
    ("xasup/v1/g/{group}/typing/{from}", _member, ""),
    ("xasup/v1/g/{group}/event/{service}", _member, ""),
    ("xasup/v1/svc/{service}/request/{from}", _acts_as("service"), ""),
    (_DROPPED, _bridge, ""),
)

FILTERS: Lines = (
    ("xasup/v1/u/{to}/#", _TO, ""),
    ("xasup/v1/u/+/msg/{from}", _FROM, ""),
    ("xasup/v1/u/+/receipt/{from}", _FROM, ""),
    ("xasup/v1/u/{to}/presence/{to}", _either(_TO, _accepted), ""),
    ("xasup/v1/g/{group}/#", _member, ""),
    ("xasup/v1/svc/{service}/request/+", _acts_as("service"), ""),
    ("xasup/v1/u/+/msg/+", _bridge, ""),
    ("xasup/v1/g/+/msg/+", _bridge, ""),
    ("xasup/v1/u/+/receipt/+", _bridge, ""),
    ("xasup/v1/u/+/event/groups", _bridge, ""),
    (_DROPPED, _bridge, ""),
)


@dataclass(frozen=True, slots=True)
class Publish:
    """A PUBLISH as the broker sees it. *size*: of the payload, in bytes."""

    topic: str
    retain: bool
    size: int


def welcome(world: World, client: str, username: str, password: str, now: int) -> Welcome:
    """A CONNECT with a user name and a password. *now*: seconds since the epoch."""
    user, colon, device = client.partition(":")
    if not (colon and _is_name(user) and _is_name(device) and username == user and password):
        return Welcome.NO  # it cannot be right, whatever the directory says
    if not world.readable:
        return Welcome.SILENCE
    known = world.devices.get(client)
    right = known is not None and password == token(client, known.token)
    return Welcome.YES if right and valid(world, client, now) else Welcome.NO


def valid(world: World, client: str, now: int) -> bool:
    """Whether this device may do anything at all now."""
    flags, device = world.users.get(client.partition(":")[0]), world.devices.get(client)
    return world.readable and flags is not None and not flags & Flag.SUSPENDED and _lasts(device, now)


def objections(world: World, client: str, publish: Publish, now: int) -> set[str]:
    """All reasons against it that are true; none: it is allowed."""
    if not world.readable:
        return {"directory-unavailable"}
    if not valid(world, client, now):
        return {"device-invalid"}
    found = _find(publish.topic, WRITES)
    if found is None:
        return {"not-a-topic"}
    (topic, rule, reason), names = found
    me = client.partition(":")[0]
    limit = 196_608 if world.users[me] & Flag.SERVICE else 65_536
    true = {
        reason: not rule(world, me, names),
        "no-retain": publish.retain and "/presence/" not in topic,
        "too-large": publish.size > limit,
    }
    if names.get("from", me) != me:
        true["not-you"] = True
    return {reason for reason, holds in true.items() if holds}


def may_read(world: World, client: str, topic: str, now: int) -> bool:
    """Whether a message of this topic may be delivered to the client now."""
    return _allowed(world, client, topic, READS, now)


def may_subscribe(world: World, client: str, filter: str, now: int) -> bool:
    """Whether the filter may be had."""
    return _allowed(world, client, filter, FILTERS, now)


def _allowed(world: World, client: str, text: str, lines: Lines, now: int) -> bool:
    found = _find(text, lines)
    if found is None or not valid(world, client, now):
        return False
    (_, rule, _), names = found
    return rule(world, client.partition(":")[0], names)


@lru_cache(1 << 16)
def _find(text: str, lines: Lines) -> tuple[Line, dict[str, str]] | None:
    """The line whose pattern it is, and what stands for its names."""
    for line in lines:
        if match := _pattern(line[0]).fullmatch(text):
            return line, match.groupdict()
    return None


@lru_cache
def _pattern(line: str) -> re.Pattern[str]:
    """`{to}` is a name; where it stands again, the same one."""
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        name = match[1]
        again = name in seen
        seen.add(name)
        return f"(?P={name})" if again else f"(?P<{name}>{_NAME})"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", group, re.escape(line)), re.ASCII)


_NAME = "[a-z0-9][a-z0-9_-]{0,31}"


def _is_name(text: str) -> bool:
    return re.fullmatch(_NAME, text, re.ASCII) is not None


def _lasts(device: Device | None, now: int) -> bool:
    return device is not None and (device.expires == 0 or now < device.expires)
