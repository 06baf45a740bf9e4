"""A person with a device: writes what is planned, shows what the device tells, and has it noted down outside of the
process, so that a crash forgets nothing of it. The engine is the real one.

Refuses to know: faults, what it proves.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from xasup.chaos.simulation.disk import Disk
from xasup.chaos.simulation.hand import Hand
from xasup.chaos.simulation.loop import Loop
from xasup.chaos.simulation.universe import BEGIN_MS
from xasup.chaos.transcript import Shown, Told
from xasup.chaos.verdict import Accepted, Device
from xasup.client import Client, Message, MessageAdded, StateChanged
from xasup.client.habits import Habits
from xasup.client.world import World
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Unavailable
from xasup.protocol.states import State

_ALL = 10_000
_DONE = frozenset({State.DELIVERED, State.READ, State.REFUSED})
_NOWHERE = Path("/nowhere")


class Say(NamedTuple):
    """*when*: seconds; *reply*: to what came last there."""

    when: float
    to: str
    reply: bool


@dataclass(slots=True)
class Notes:
    """What a person remembers. *accepted*: ids to conversations, and when send() returned."""

    accepted: dict[str, tuple[str, float]] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)


class Person:
    """Lives again and again on one disk. *skew*: milliseconds by which the device's clock is wrong."""

    def __init__(self, connect: ConnectString, script: list[Say], habits: Habits) -> None:
        self.connect, self.habits = connect, habits
        self.client, self.user = connect.client, connect.client.user
        self.disk, self.notes = Disk(connect.client), Notes()
        self.script = deque(script)
        self.skew = 0
        self.loop: Loop | None = None
        self._last: dict[str, str] = {}

    async def live(self, loop: Loop) -> None:
        """Until killed."""
        self.loop, dice = loop, loop.universe.dice
        world = World(
            now_ms=lambda: BEGIN_MS + int(loop.universe.now * 1000) + self.skew,
            monotonic=loop.time,
            bits=lambda: dice.getrandbits(74),
            jitter=dice.random,
            thread=lambda: Hand(loop),
        )
        client = Client(self.connect, _NOWHERE, world=world, habits=self.habits, opener=self.disk.open)
        backlog: set[tuple[str, str]] = set()
        events = client.events()
        async with client:
            await self._recall(client, backlog)
            writing = asyncio.ensure_future(self._write(client))
            async for event in events:
                match event:
                    case MessageAdded(message) if not message.mine:
                        await self._added(client, message, backlog)
                    case StateChanged(id=id, state=state):
                        self.notes.told.append(Told(id, state))
                        self._say(f"tells that {id} is {state}")
                if writing.done():
                    writing.result()

    def device(self) -> Device:
        """What it says in the end; *accepted* are those for which send() returned, as the file has them."""
        states = {line.id: line.state for line in self.disk.store.history.find(self.notes.accepted)}
        accepted = [
            Accepted(id, conversation, states.get(id, State.SENDING))
            for id, (conversation, _) in self.notes.accepted.items()
        ]
        return Device(self.user, accepted, self.notes.shown, self.notes.told)

    def at_rest(self) -> bool:
        """Everything that was to be said is, and what became of it is known."""
        return not self.script

    async def _recall(self, client: Client, backlog: set[tuple[str, str]]) -> None:
        """A screen that opens shows what the file has."""
        for conversation in await client.conversations():
            for message in await client.messages(conversation.key, limit=_ALL):
                if message.mine:
                    self.notes.told.append(Told(message.id, message.state))
                    continue
                backlog.add((message.sender, message.id))
                if (message.sender, message.id) not in self.notes.seen:
                    self._show(message)

    async def _added(self, client: Client, message: Message, backlog: set[tuple[str, str]]) -> None:
        if (message.sender, message.id) not in backlog:
            self._show(message)
        try:
            await client.shown(message.conversation, [message.id])
        except Unavailable:
            return  # it stays unread

    def _show(self, message: Message) -> None:
        self.notes.seen.add((message.sender, message.id))
        self.notes.shown.append(Shown(message.conversation, message.sender, message.id, message.src, message.n))
        self._last[message.conversation] = message.id
        self._say(f"shows {message.id}, number {message.n} of {message.sender} in {message.conversation}")

    def _say(self, what: str) -> None:
        if self.loop is not None:
            self.loop.universe.say(f"{self.client} {what}")

    async def _write(self, client: Client) -> None:
        while self.script:
            say = self.script[0]
            await asyncio.sleep(max(0.0, say.when - asyncio.get_running_loop().time()))
            self.script.popleft()
            re = self._last.get(say.to) if say.reply else None
            try:
                id = await client.send(say.to, "x", re)
            except Unavailable:
                continue  # the disk is full: nothing was accepted
            self.notes.accepted[id] = (say.to, asyncio.get_running_loop().time())
            self._say(f"accepts {id} to {say.to}")
