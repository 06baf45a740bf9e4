"""Short plays on a backend of their own, each ending in the evidence of all devices and the check of `xasup chaos`.

What is broken on purpose comes in as an argument, so that the same play shows that the check can fail.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

from xasup.audit import witnesses
from xasup.audit.audit import Audit
from xasup.audit.findings import Check
from xasup.audit.ledger import Ledger
from xasup.chaos import evidence
from xasup.chaos.cast import Cast, engage
from xasup.chaos.transcript import Shown, Told, Transcript
from xasup.chaos.troupe import Role
from xasup.chaos.verdict import Device, Verdict, judge
from xasup.client import CaughtUp, Client, MessageAdded, StateChanged
from xasup.client.habits import Habits
from xasup.client.world import World
from xasup.protocol.ids import ClientId, UserId
from xasup.protocol.states import State
from xasup.runtime.settings import Settings
from xasup.runtime.supervise import Child
from xasup.stack import LogKind, apart, stack
from xasup.wire.log import open_log
from xasup.wire.store import DeviceStore, open_file

PATIENCE = 40.0  # seconds for any one thing to happen
REST = 8.0  # seconds for a recipient to get what there is; where something is lost, they pass
Opener = Callable[[Path, ClientId], DeviceStore]
SAFE = frozenset({State.STORED, State.DELIVERED, State.READ})


@dataclass
class Stage:
    """The backend's processes and its people."""

    settings: Settings
    parts: Mapping[str, Child]
    cast: Cast
    folder: Path
    roles: dict[UserId, Role] = field(default_factory=dict)

    @asynccontextmanager
    async def online(
        self,
        user: UserId,
        habits: Habits | None = None,
        opened: Opener = open_file,
        world: World | None = None,
    ) -> AsyncIterator[Player]:
        """Their device, connected and noted down, for the time of the block. *opened*: opens its file; *world*: its
        clock."""
        role = self.roles.setdefault(user, Role(self.cast.connects[user], [], 0, self.folder))
        with Transcript(role.transcript) as transcript:
            opener = partial(opened, role.store, role.connect.client)
            async with Client(
                role.connect, role.store, habits=habits or Habits(), opener=opener, world=world
            ) as client:
                player = Player(client, transcript)
                task = asyncio.create_task(player.listen(), name=user)
                try:
                    async with asyncio.timeout(PATIENCE):
                        await client.online()
                    yield player
                finally:
                    task.cancel()
                    await asyncio.wait([task])

    async def kill(self, *names: str) -> None:
        """With -9, all at once; returns when they serve again."""
        self.lose(*names)
        await self.serve(*names)

    def lose(self, *names: str) -> None:
        """With -9, all at once, without waiting until they serve again."""
        for name in names:
            self.parts[name].serving.clear()
            self.signal(name, signal.SIGKILL)

    async def serve(self, *names: str) -> None:
        """Returns when they do."""
        async with asyncio.timeout(PATIENCE):
            for name in names:
                await self.parts[name].serving.wait()

    def freeze(self, name: str) -> None:
        """It keeps its connections and does nothing, until it gets SIGCONT or is killed."""
        pid = self.signal(name, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED)

    def signal(self, name: str, number: signal.Signals) -> int:
        """Returns its pid."""
        pid = self.parts[name].pid
        assert pid is not None
        os.kill(pid, number)
        return pid

    def devices(self) -> list[Device]:
        """What all who were online say; their engines have been left."""
        return evidence.gather(self.roles.values())

    def verdict(self) -> Verdict:
        return judge(self.cast.world, self.devices())

    async def audit(self) -> set[Check]:
        """What `xasup audit` finds in the log, and in it compared with history and all devices."""
        files = [witnesses.of_device(role.store) for role in self.roles.values()]
        async with open_log(self.settings.log_url) as log:
            with Ledger() as ledger:
                auditing = Audit(log, ledger, None, 100, lambda read: None)
                auditing.claim(chain(witnesses.of_history(self.settings.history), *files))
                await auditing.read()
                report = await auditing.report(None)
        return set(report.findings.counts)


def wrong(found: Verdict) -> set[str]:
    """The kinds of what is."""
    return {kind for kind, ids in found.wrong.items() if ids}


class Player:
    """A client, and what it has told so far."""

    def __init__(self, client: Client, transcript: Transcript) -> None:
        self.client, self._transcript = client, transcript
        self.shown: list[str] = []
        self.caught_up = False
        self.states: dict[str, State] = {}
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        async for event in self.client.events():
            match event:
                case MessageAdded(message) if not message.mine:
                    src = str(getattr(message, "src", ""))
                    self._transcript.write(Shown(message.conversation, message.sender, message.id, src, message.n))
                    self.shown.append(message.id)
                case CaughtUp():
                    self.caught_up = True
                case StateChanged(id=id, state=state):
                    self._transcript.write(Told(id, state))
                    self.states[id] = state
            async with self._news:
                self._news.notify_all()

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """False where it does not come true in time."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            return False
        return True

    async def rests(self, count: int) -> None:
        """Until *count* were shown and history has told all that it had, or nothing comes any more."""
        await self.until(lambda: self.caught_up and len(self.shown) >= count, REST)

    def at(self, ids: Collection[str], state: State) -> bool:
        """All of these are in *state*, as far as was told."""
        return all(self.states.get(id) is state for id in ids)

    def safe(self, ids: Collection[str]) -> bool:
        """All of these are stored, or more."""
        return all(self.states.get(id) in SAFE for id in ids)


@asynccontextmanager
async def staged(folder: Path, log: LogKind, modules: Mapping[str, str] | None = None) -> AsyncIterator[Stage]:
    """A backend with six people, of whom nobody is online yet."""
    settings = apart(folder, log)
    async with stack(settings, modules=modules or {}) as parts:
        yield Stage(settings, parts, await engage(settings, 6), folder)
