"""Lines of the file as parcels of the outbox, and where they go. Pure, but for the two questions put to the store."""

from __future__ import annotations

from xasup.client.outbox import Parcel
from xasup.client.values import group_of
from xasup.protocol import topics
from xasup.protocol.ids import UserId
from xasup.protocol.states import State
from xasup.wire.store import DeviceStore, Line, Task

PAGE = 500


def waiting(store: DeviceStore, sent: bool, after: int) -> list[Parcel]:
    """A page of those that the broker has, or has not, after the line *after*."""
    return [parcel_of(line) for line in store.outbox.waiting(sent, after, PAGE)]


def find(store: DeviceStore, ids: list[str]) -> list[Parcel]:
    """Those of *ids* that still wait for their recipient."""
    return [parcel_of(line) for line in store.history.find(ids) if line.task is Task.OUTBOX]


def parcel_of(line: Line) -> Parcel:
    """*again* says that the broker has had it."""
    return Parcel(
        line.seq,
        line.id,
        line.conversation,
        line.payload,
        stored=line.state is State.STORED,
        again=line.state is not State.SENDING,
        confirmed=line.state in (State.DELIVERED, State.READ),
    )


def topic_of(conversation: str, me: UserId) -> str:
    """Where messages of a conversation go."""
    group = group_of(conversation)
    return topics.group_message(group, me) if group else topics.message(UserId(conversation), me)
