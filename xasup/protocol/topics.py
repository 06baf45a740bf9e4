"""Every MQTT topic, built and parsed in one place. The plugin's table is its only other spelling.

One shape: `xasup/v1/<space>/<owner>/<kind>/<actor>`. *Owner* is whose mailbox it is, *actor* is who acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from xasup.protocol.errors import Malformed
from xasup.protocol.ids import GroupId, UserId, group_id, user_id

ROOT = "xasup/v1"


class Space(StrEnum):
    """The second level: a user's mailbox, a group, a service."""

    USER = "u"
    GROUP = "g"
    SERVICE = "svc"


class Kind(StrEnum):
    """What travels there."""

    MESSAGE = "msg"
    RECEIPT = "receipt"
    TYPING = "typing"
    EVENT = "event"
    PRESENCE = "presence"
    REQUEST = "request"


KINDS: dict[Space, frozenset[Kind]] = {
    Space.USER: frozenset({Kind.MESSAGE, Kind.RECEIPT, Kind.TYPING, Kind.EVENT, Kind.PRESENCE}),
    Space.GROUP: frozenset({Kind.MESSAGE, Kind.TYPING, Kind.EVENT}),
    Space.SERVICE: frozenset({Kind.REQUEST}),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed topic. `owner` and `actor` are ids by form; whether they exist is the directory's business."""

    space: Space
    owner: str
    kind: Kind
    actor: str

    def __str__(self) -> str:
        return f"{ROOT}/{self.space}/{self.owner}/{self.kind}/{self.actor}"


def message(to: UserId, sender: UserId) -> str:
    """A text to one person."""
    return f"{ROOT}/u/{to}/msg/{sender}"


def receipt(to: UserId, sender: UserId) -> str:
    """News of delivery, to the author of the messages."""
    return f"{ROOT}/u/{to}/receipt/{sender}"


def typing(to: UserId, sender: UserId) -> str:
    """A person is writing; QoS 0."""
    return f"{ROOT}/u/{to}/typing/{sender}"


def event(to: UserId, service: str) -> str:
    """A service's answer or news to one user."""
    return f"{ROOT}/u/{to}/event/{service}"


def presence(user: UserId) -> str:
    """Online or offline; the only retained topic, and the will."""
    return f"{ROOT}/u/{user}/presence/{user}"


def group_message(group: GroupId, sender: UserId) -> str:
    """A text to all members."""
    return f"{ROOT}/g/{group}/msg/{sender}"


def group_typing(group: GroupId, sender: UserId) -> str:
    """A member is writing; QoS 0."""
    return f"{ROOT}/g/{group}/typing/{sender}"


def group_event(group: GroupId, service: str) -> str:
    """A service's news to all members."""
    return f"{ROOT}/g/{group}/event/{service}"


def request(service: str, sender: UserId) -> str:
    """A request to a service; the answer comes as an event."""
    return f"{ROOT}/svc/{service}/request/{sender}"


def mailbox(user: UserId) -> str:
    """The one subscription that every device makes."""
    return f"{ROOT}/u/{user}/#"


def group_mailbox(group: GroupId) -> str:
    """The subscription of a member."""
    return f"{ROOT}/g/{group}/#"


def own(kind: Kind, user: UserId) -> str:
    """What this user's other devices send (*kind*: message or receipt); subscribe with No Local."""
    return f"{ROOT}/u/+/{kind}/{user}"


def requests(service: str) -> str:
    """The subscription of a service."""
    return f"{ROOT}/svc/{service}/request/+"


@lru_cache(maxsize=4096)
def parse(topic: str) -> Address:
    """The inverse of the builders of single topics. Raises Malformed. The same ones come again and again."""
    match topic.split("/"):
        case ["xasup", "v1", ("u" | "g" | "svc") as space, owner, kind, actor] if kind in KINDS[Space(space)]:
            checked_owner = group_id(owner) if space == "g" else user_id(owner)
            return Address(Space(space), checked_owner, Kind(kind), user_id(actor))
        case _:
            raise Malformed(f"topic {topic[:120]!r}: expected {ROOT}/<u|g|svc>/<owner>/<kind>/<actor>")
