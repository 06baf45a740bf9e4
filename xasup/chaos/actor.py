"""`python -m xasup.chaos.actor FILE`: the people of a troupe in one process, which may be killed at any instant.

Each writes numbered messages, notes down what its engine tells, and shows what it reads. Refuses to know: faults.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import defaultdict
from itertools import count, cycle
from pathlib import Path

from xasup.chaos.pace import Pace
from xasup.chaos.transcript import Shown, Told, Transcript, read
from xasup.chaos.troupe import Phase, Role, Troupe, phase
from xasup.client import Client, Message, MessageAdded, StateChanged
from xasup.client.habits import Habits
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import MessageId
from xasup.protocol.states import State
from xasup.runtime.ready import report_ready

LOOK = 0.2  # seconds between two looks at the phase, and at what is not settled yet
_ALL = 10_000_000
_OPEN = frozenset({State.SENDING, State.SENT})
_DONE = frozenset({State.DELIVERED, State.READ, State.REFUSED})


class Actor:
    """One person with a device."""

    def __init__(self, role: Role, transcript: Transcript, habits: Habits) -> None:
        self._role, self._transcript = role, transcript
        self._client = Client(role.connect, role.store, habits=habits)
        self._backlog: set[tuple[str, str]] = set()  # shown when the screen opened: an event may tell of it once more
        self._open: set[str] = set()  # messages of mine that are not settled
        self._seen: defaultdict[str, list[MessageId]] = defaultdict(list)  # on the screen, and not marked yet
        self._seeing = asyncio.Event()

    async def play(self) -> None:
        """Until cancelled."""
        events = self._client.events()
        async with self._client, asyncio.TaskGroup() as tasks:
            await self._recall()
            tasks.create_task(self._write())
            tasks.create_task(self._look())
            tasks.create_task(self._mark())
            async for event in events:
                match event:
                    case MessageAdded(message):
                        self._added(message)
                    case StateChanged(id=id, state=state, conversation=conversation):
                        self._changed(conversation, id, state)

    async def _recall(self) -> None:
        """A screen that opens shows what the file has: what was not shown before the end of the last process is now."""
        before = {(item.sender, item.id) for item in read(self._role.transcript) if isinstance(item, Shown)}
        for conversation in await self._client.conversations():
            for message in await self._client.messages(conversation.key, limit=_ALL):
                if message.mine:
                    self._changed(message.conversation, message.id, message.state)
                    continue
                self._backlog.add((message.sender, message.id))
                if (message.sender, message.id) not in before:
                    self._show(message)

    def _added(self, message: Message) -> None:
        if message.mine:
            self._open.add(message.id)
            return
        if (message.sender, message.id) not in self._backlog:
            self._show(message)
        self._seen[message.conversation].append(message.id)
        self._seeing.set()

    async def _mark(self) -> None:
        """What is on the screen, all at once, as a screen does."""
        while True:
            await self._seeing.wait()
            self._seeing.clear()
            seen, self._seen = self._seen, defaultdict(list)
            for conversation, ids in seen.items():
                await self._client.shown(conversation, ids)

    def _show(self, message: Message) -> None:
        src = str(getattr(message, "src", ""))
        self._transcript.write(Shown(message.conversation, message.sender, message.id, src, message.n))

    def _changed(self, conversation: str, id: str, state: State) -> None:
        self._transcript.write(Told(id, state))
        group = conversation.startswith("g:")
        if state in _DONE or (group and state is State.STORED):
            self._open.discard(id)
        elif state in _OPEN or state is State.STORED:
            self._open.add(id)

    async def _write(self) -> None:
        if not self._role.every:
            return
        clock = asyncio.get_running_loop().time
        pace = Pace(self._role.every, clock())
        for number, to in zip(count(1), cycle(self._role.to)):
            await asyncio.sleep(pace.wait(clock()))
            if phase(self._role.folder) is Phase.DRAIN:
                return
            try:
                await self._client.send(to, f"number {number}")
            except Unavailable as error:
                sys.stderr.write(f"{error}\n")

    async def _look(self) -> None:
        """Everything of mine settled, or not: said by a file, since a process that is killed says nothing."""
        while True:
            at_rest = phase(self._role.folder) is Phase.DRAIN and not self._open
            if at_rest:
                self._role.rest.touch()
            else:
                self._role.rest.unlink(missing_ok=True)
            await asyncio.sleep(LOOK)


async def perform(troupe: Troupe, habits: Habits) -> None:
    """All of them, until SIGTERM."""
    tasks = asyncio.current_task()
    assert tasks is not None  # noqa: S101 - we are in one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tasks.cancel)
    try:
        async with asyncio.TaskGroup() as group:
            for role in troupe.roles:
                group.create_task(_play(role, habits), name=str(role.connect.client.user))
            report_ready(os.environ)
    except asyncio.CancelledError:
        return


async def _play(role: Role, habits: Habits) -> None:
    with Transcript(role.transcript) as transcript:
        await Actor(role, transcript, habits).play()


def main(habits: Habits | None = None) -> None:
    """*habits*: bad ones, for tests that want the check to fail."""
    asyncio.run(perform(Troupe.read(Path(sys.argv[1])), habits or Habits()))


if __name__ == "__main__":
    main()
