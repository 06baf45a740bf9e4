"""The engine's front: everything that a user interface or a script may do. Refuses to know screens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from xasup.client.circles import Circles
from xasup.client.crew import Crew
from xasup.client.devices import Devices
from xasup.client.events import Event, Notice
from xasup.client.feed import Feed
from xasup.client.habits import Habits
from xasup.client.indexer import Indexer
from xasup.client.keeping import Keeping
from xasup.client.parts import Parts
from xasup.client.people import People
from xasup.client.place import default_path
from xasup.client.reading import Reading
from xasup.client.talk import Talk
from xasup.client.uplink import Uplink
from xasup.client.values import Connection, Contact, Group
from xasup.client.views import contact_of, group_of_row
from xasup.client.world import World
from xasup.protocol import connect
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import UserId
from xasup.wire.store import DeviceStore, open_file


class Client(Talk, Reading, Keeping, People, Circles, Devices):
    """One device of one user: `async with Client("xasup://…") as me:`.

    Entering opens the device's file and begins to connect; it does not need the broker: what is sent meanwhile stays in
    the outbox. Everything that an event tells is in the file already. Belongs to one event loop, and is entered once.
    """

    def __init__(
        self,
        account: str | ConnectString,
        store: Path | None = None,
        *,
        ca_file: Path | None = None,
        world: World | None = None,
        habits: Habits | None = None,
        opener: Callable[[], DeviceStore] | None = None,
    ) -> None:
        """*store*: the device's file; default: one per device in the user's data directory. *ca_file*: PEM of the
        authority to trust with `xasups://`. *world*, *habits*, *opener* (of the store): for tests. Raises Malformed for
        a broken connect string, or a link code."""
        self.account = connect.parse(account) if isinstance(account, str) else account
        if self.account.code:
            raise Malformed("this is a link code; redeem() it first, for a token of this device's own")
        self.path = store or default_path(self.account)
        self._open = opener or (lambda: open_file(self.path, self.account.client))
        self._ca_file, self._world, self._habits = ca_file, world or World(), habits or Habits()
        self._feed, self._typed = Feed(), {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises Unavailable when the file is in use by another process (named), or cannot be opened. A damaged one is
        set aside, told as a Notice."""
        store = await asyncio.to_thread(self._open)
        if store.remark:
            self._feed.tell(Notice(store.remark))
        self._parts = parts = Parts(self.account.client, store, self._feed, self._world, self._habits)
        self._desk, self._uplink = parts.counter, Uplink(parts, self.account, self._ca_file)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(parts.journal.close)
            await parts.courier.recall()
            await parts.holds.recall()
            await parts.counter.recall()
            crew = Crew()
            stack.push_async_callback(self._stop)
            stack.push_async_callback(crew.dismiss)
            stack.push_async_callback(self._uplink.leave)
            for part in (parts.progress, parts.courier, parts.holds, self._uplink, Indexer(parts.journal)):
                crew.hire(part.run(), name=type(part).__name__)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye, write what is left, close the file. What was not sent is sent next time."""
        await self._stack.__aexit__(kind, error, trace)

    @property
    def user(self) -> UserId:
        """Me."""
        return self.account.client.user

    @property
    def connection(self) -> Connection:
        """As it is now; changes come as ConnectionChanged."""
        return self._uplink.connection

    async def online(self) -> None:
        """Wait until the broker has let us in. Raises Refused if it does not know us."""
        await self._uplink.online()

    def events(self) -> AsyncIterator[Event]:
        """What happens from now on; the first reader also gets what happened since entering. Ends when the client is
        left. A reader that falls far behind gets Missed."""
        return self._feed.read()

    async def contacts(self) -> list[Contact]:
        """As last heard, by name."""
        rows = await self._parts.journal.do(lambda store: store.roster.contacts())
        return [contact_of(row, self._parts.presence.of(row.user)) for row in rows]

    async def groups(self) -> list[Group]:
        """Where I am in or invited, as last heard, by id."""
        rows = await self._parts.journal.do(lambda store: store.roster.groups())
        return [group_of_row(row) for row in rows if row.role != "none"]

    async def _stop(self) -> None:
        self._parts.counter.close()
        await self._parts.progress.last()
        self._feed.close()
