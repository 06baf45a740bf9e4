"""Sorts what arrived by what it means for us. Pure: payloads in, values out; nothing is looked up, nothing is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from xasup.client.values import group_key
from xasup.protocol import codec, envelope, events, receipts, topics
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import GroupId, MessageId, UserId
from xasup.protocol.states import State
from xasup.protocol.topics import Address, Kind, Space
from xasup.wire.mqtt import Incoming
from xasup.wire.store import News

BRIDGE = "bridge"
_LOCAL = "~"  # no sender can use it in an id


def local_id(id: str) -> MessageId:
    """The name, on this device alone, of a line that gets no receipts."""
    return MessageId(_LOCAL + id)


def is_local(id: str) -> bool:
    return id.startswith(_LOCAL)


class Arrived(NamedTuple):
    """A message for a conversation. *message*: None where it has no envelope; *refuse*: the id that its sender gave
    it, and why it cannot be accepted; *dup*: the broker may have given it to us before; *at*: milliseconds since the
    epoch when the log took it, where history tells of it."""

    conversation: str
    sender: UserId
    id: MessageId
    payload: bytes
    message: envelope.Message | None
    refuse: tuple[MessageId, str] | None = None
    dup: bool = False
    at: int | None = None


class Recalled(NamedTuple):
    """What history tells, as it was published. *at*: milliseconds since the epoch when the log took it."""

    topic: str
    payload: bytes
    at: int
    dup: bool = False


class Note(NamedTuple):
    """A service's event, to me or (*group*) to a group."""

    service: str
    payload: events.Payload
    group: GroupId | None = None


@dataclass(slots=True)
class Post:
    """One batch, sorted; each list in the order of arrival."""

    arrived: list[Arrived] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    seen_elsewhere: list[tuple[str, list[str]]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    presence: list[tuple[UserId, bool]] = field(default_factory=list)
    typing: list[tuple[str, UserId]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def fleeting(self) -> bool:
        """Is there nothing in it for the device's file?"""
        return not (self.arrived or self.news or self.seen_elsewhere or self.notes)


class Sorter:
    """Knows whose mailbox it is. *new_id*: names a message that has none."""

    def __init__(self, me: UserId, new_id: Callable[[], MessageId]) -> None:
        self._me, self._new_id = me, new_id

    def sort(self, batch: Iterable[Incoming | Recalled]) -> Post:
        """What cannot be read is noted in `unreadable`, with the reason, and does not stop the rest."""
        post = Post()
        for incoming in batch:
            try:
                self._put(post, topics.parse(incoming.topic), incoming)
            except Malformed as error:
                post.unreadable.append(f"{incoming.topic}: {error}")
        return post

    def _put(self, post: Post, address: Address, incoming: Incoming | Recalled) -> None:
        actor = UserId(address.actor)
        match address.kind:
            case Kind.MESSAGE:
                arrived = self._message(address, incoming)
                post.arrived.append(arrived)
                if arrived.at is not None and actor == self._me:  # it is in the log, so it was stored
                    post.news.append(News(arrived.id, State.STORED, "", arrived.conversation))
            case Kind.RECEIPT:
                self._receipt(post, address, incoming.payload)
            case Kind.EVENT:
                self._event(post, address, incoming.payload)
            case Kind.PRESENCE:
                post.presence.append((actor, codec.decode_object(incoming.payload).get("online") is True))
            case Kind.TYPING if actor != self._me:
                post.typing.append((self._conversation(address), actor))
            case _:
                pass

    def _conversation(self, address: Address) -> str:
        if address.space is Space.GROUP:
            return group_key(GroupId(address.owner))
        return address.actor if address.owner == self._me else address.owner

    def _message(self, address: Address, incoming: Incoming | Recalled) -> Arrived:
        conversation, sender = self._conversation(address), UserId(address.actor)
        payload, dup = incoming.payload, incoming.dup
        at = incoming.at if isinstance(incoming, Recalled) else None
        try:
            message = envelope.decode(payload)
        except Malformed as error:
            id = envelope.id_of(payload)
            if id is not None:
                refuse = (id, str(error))
                return Arrived(conversation, sender, local_id(id), payload, None, refuse, at=at)
        else:
            if isinstance(message, envelope.Message):
                return Arrived(conversation, sender, message.id, payload, message, at=at)
        return Arrived(conversation, sender, local_id(self._new_id()), payload, None, dup=dup, at=at)

    def _receipt(self, post: Post, address: Address, payload: bytes) -> None:
        receipt, conversation = receipts.decode(payload), self._conversation(address)
        if address.actor == self._me:  # what another device of mine told somebody
            if receipt.read:
                post.seen_elsewhere.append((conversation, list(receipt.read)))
            return
        post.news += [News(id, State.DELIVERED, "", conversation) for id in receipt.delivered]
        post.news += [News(id, State.READ, "", conversation) for id in receipt.read]
        post.news += [News(id, State.REFUSED, reason, conversation) for id, reason in receipt.refused.items()]

    def _event(self, post: Post, address: Address, payload: bytes) -> None:
        fields = codec.decode_object(payload)
        if address.actor == BRIDGE:
            post.news += _from_bridge(fields)
            return
        group = GroupId(address.owner) if address.space is Space.GROUP else None
        post.notes.append(Note(address.actor, fields, group))


def _from_bridge(fields: events.Payload) -> list[News]:
    """What became of messages of mine. What else the bridge may say one day is ignored."""
    match fields:
        case {"event": events.STORED, "ids": list(ids)}:
            return [News(id, State.STORED) for id in ids if isinstance(id, str)]
        case {"event": events.REJECTED, "id": str(id), "reason": str(reason)}:
            return [News(id, State.REFUSED, reason)]
        case _:
            return []
