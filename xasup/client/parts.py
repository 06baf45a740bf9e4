"""The parts of one engine, put together; what is left here is how they tell each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from xasup.client.counter import Counter
from xasup.client.courier import Courier
from xasup.client.events import ConversationChanged, MessageAdded, Notice, StateChanged
from xasup.client.feed import Feed
from xasup.client.habits import Habits
from xasup.client.holds import Holds
from xasup.client.journal import Journal
from xasup.client.presence import Presence
from xasup.client.progress import Progress
from xasup.client.receive import Taken
from xasup.client.teller import Teller
from xasup.client.views import message_of
from xasup.client.world import World
from xasup.protocol import envelope
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, MessageId, uuid7
from xasup.protocol.states import State
from xasup.wire.store import DeviceStore, Line, Task

_NONE: Mapping[bytes, envelope.Message] = MappingProxyType({})


class Parts:
    """Made when the file is open; belongs to one event loop."""

    def __init__(self, client: ClientId, store: DeviceStore, feed: Feed, world: World, habits: Habits) -> None:
        self.client, self.me = client, client.user
        self.feed, self.world, self.habits = feed, world, habits
        self.journal = Journal(store, world.thread())
        self.progress = Progress(self.me, self.journal, self.moved, self.trouble)
        self.presence = Presence(client, feed, world)
        self.courier = Courier(self.me, self.journal, self.progress, world, self.presence.probe)
        self.teller = Teller(self.me, self.progress)
        self.counter = Counter(self.me, self.journal, self.new_id, habits.patience)
        self.missing = asyncio.Event()  # history is to be asked
        self.holds = Holds(client, self.journal, world, habits, self.show, self.missing.set)
        self._half_settled: dict[str, State] = {}  # mine, with a device of the recipient, and not yet with the log
        self._troubled = False

    def new_id(self) -> MessageId:
        """Of a message or request."""
        return uuid7(self.world.now_ms(), self.world.bits())

    def show(self, taken: Taken, read: Mapping[bytes, envelope.Message] = _NONE) -> None:
        """Lines that are to be shown now. *read*: payloads that have been decoded already; not by id, since an id may
        come twice in a batch, with another content or of another sender."""
        for line in taken.shown:
            self.feed.tell(MessageAdded(message_of(line, self.me, read.get(line.payload))))
        for conversation in taken.unarchived:
            self.feed.tell(ConversationChanged(conversation))

    def moved(self, lines: Iterable[Line]) -> None:
        """Lines whose state changed, or that are settled now."""
        for line in lines:
            if self._half_settled.get(line.id) is not line.state:
                self.feed.tell(StateChanged(line.conversation, MessageId(line.id), line.state, line.reason))
            if line.sender != self.me:
                continue
            if line.task is Task.NONE:
                self._half_settled.pop(line.id, None)
                self.courier.settled(line)
                self.progress.settled(line.id)
            elif line.state is State.STORED:
                self.courier.stored(line)
            elif line.state in (State.DELIVERED, State.READ):
                self._half_settled[line.id] = line.state
                self.courier.confirmed(line)
                self.progress.settled(line.id)

    def trouble(self, error: Unavailable | None) -> None:
        """The file cannot be written (said once), or (None) can again."""
        if error is not None and not self._troubled:
            self._troubled = True
            self.feed.tell(Notice(f"{error}; nothing is accepted or confirmed until it can be written again"))
        elif error is None and self._troubled:
            self._troubled = False
            self.feed.tell(Notice("the device's file can be written again"))
