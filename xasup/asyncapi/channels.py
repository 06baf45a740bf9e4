"""Where it travels, as tables: MQTT topics, with who may do what there, and the streams of the log.

Refuses to know: the schemas of what travels, AsyncAPI.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from xasup.protocol import requests, topics
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.streams import ROUTES, Stream, Type
from xasup.protocol.topics import Kind, Space

_TO, _FROM, _USER, _GROUP = UserId("{to}"), UserId("{from}"), UserId("{user}"), GroupId("{group}")


class Use(NamedTuple):
    """How topics of one kind are used, as docs/protocol/broker.md says. *retained*: that is how we publish there."""

    qos: int
    retained: bool
    publish: str
    receive: str


USES: dict[tuple[Space, Kind], Use] = {
    (Space.USER, Kind.MESSAGE): Use(1, False, "whom `to` accepts", "`to`; own devices"),
    (Space.USER, Kind.RECEIPT): Use(1, False, "whom `to` accepts", "`to`; own devices"),
    (Space.USER, Kind.TYPING): Use(0, False, "whom `to` accepts", "`to`"),
    (Space.USER, Kind.EVENT): Use(1, False, "that service", "`to`"),
    (Space.USER, Kind.PRESENCE): Use(1, True, "everybody", "whom `me` accepts; own devices"),
    (Space.GROUP, Kind.MESSAGE): Use(1, False, "members", "members"),
    (Space.GROUP, Kind.TYPING): Use(0, False, "members", "members"),
    (Space.GROUP, Kind.EVENT): Use(1, False, "that service", "members"),
    (Space.SERVICE, Kind.REQUEST): Use(1, False, "everybody", "that service"),
}


class Topic(NamedTuple):
    """One channel of MQTT. *messages*: their names; *sent*, *received*: clients do that there; *answer*: the channel
    where the answer comes, and its messages."""

    name: str
    address: str
    use: Use
    said: str
    messages: tuple[str, ...]
    sent: bool = True
    received: bool = True
    answer: tuple[str, tuple[str, ...]] = ("", ())


class LogStream(NamedTuple):
    """One channel of the log. *messages*: by name, the type of each."""

    name: str
    stream: Stream
    said: str
    messages: Mapping[str, Type]


# Whom people hear, and what each tells besides answers.
NEWS: dict[str, tuple[str, ...]] = {
    "contacts": ("contact",),
    "groups": ("group",),
    "devices": ("device",),
    "history": (),
    "bridge": ("stored", "rejected"),
    "broker": ("refused", "connected"),
}

LOGGED: dict[Type, tuple[str, ...]] = {
    Type.MESSAGE: ("loggedMessage", "loggedPlainText"),
    Type.RECEIPT: ("loggedReceipt",),
    Type.MEMBERSHIP: ("loggedMembership",),
    Type.DECISION: ("loggedDecision",),
    Type.DEAD_LETTER: ("deadLetter",),
    Type.SETTLED: ("settledLetter",),
}

_OWN = {Stream.CONTACTS: (Type.DECISION,), Stream.DEAD_LETTERS: (Type.DEAD_LETTER, Type.SETTLED)}  # no topic's
_SAID = {
    Stream.MESSAGES: "Messages to people and groups; and who came into a group and who left, in one order with them.",
    Stream.RECEIPTS: "Receipts.",
    Stream.CONTACTS: "Every decision about contacts, groups and devices, under the id of whom it is about.",
    Stream.DEAD_LETTERS: "What could not be understood or kept, under its topic; and which of it was settled.",
}


def all_topics() -> Iterator[Topic]:
    """In the order of topics.KINDS, services one by one."""
    letters, typed = ("message", "plainText"), ("typing",)
    yield _topic("message", topics.message(_TO, _FROM), topics.message.__doc__, letters)
    yield _topic("receipt", topics.receipt(_TO, _FROM), topics.receipt.__doc__, ("receipt",))
    yield _topic("typing", topics.typing(_TO, _FROM), topics.typing.__doc__, typed)
    yield _topic("presence", topics.presence(_USER), topics.presence.__doc__, ("presence",))
    for service in NEWS:
        yield _events(service)
    yield _topic("groupMessage", topics.group_message(_GROUP, _FROM), topics.group_message.__doc__, letters)
    yield _topic("groupTyping", topics.group_typing(_GROUP, _FROM), topics.group_typing.__doc__, typed)
    told = _topic("groupEvent", topics.group_event(_GROUP, "groups"), topics.group_event.__doc__, ("member",))
    yield told._replace(sent=False)
    for service in requests.type_of:
        yield _requests(service)
    broker = _topic("requestBroker", topics.request("broker", _FROM), "Of services, to the broker.", ("disconnect",))
    yield broker._replace(sent=False, received=False)


def all_streams() -> Iterator[LogStream]:
    """Each with what comes in it."""
    for stream in Stream:
        types = [route.type for route in ROUTES.values() if route.stream is stream] or _OWN[stream]
        messages = {name: type for type in types for name in LOGGED[type]}
        yield LogStream(f"log{stream.name.title().replace('_', '')}", stream, _SAID[stream], messages)


def answers_of(service: str) -> tuple[str, ...]:
    """Names of the messages that answer requests to it; none where it takes none."""
    return (f"answer{service.capitalize()}", "refusal") if service in requests.type_of else ()


def _events(service: str) -> Topic:
    name, messages = f"event{service.capitalize()}", (*answers_of(service), *NEWS[service])
    return _topic(name, topics.event(_TO, service), topics.event.__doc__, messages)._replace(sent=False)


def _requests(service: str) -> Topic:
    name = f"request{service.capitalize()}"
    asked = _topic(name, topics.request(service, _FROM), topics.request.__doc__, (name,))
    return asked._replace(received=False, answer=(f"event{service.capitalize()}", answers_of(service)))


def _topic(name: str, address: str, said: str | None, messages: tuple[str, ...]) -> Topic:
    _, _, space, _, kind, _ = address.split("/")
    return Topic(name, address, USES[Space(space), Kind(kind)], said or "", messages)
