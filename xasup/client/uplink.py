"""The way to the broker: connects, serves the connection while it lives, and connects again. A task of the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xasup.client import backoff
from xasup.client.crew import Crew
from xasup.client.events import ConnectionChanged
from xasup.client.inbound import Inbound
from xasup.client.parts import Parts
from xasup.client.past import Past
from xasup.client.place import address_of
from xasup.client.roll import Roll
from xasup.client.subscriptions import Subscriptions
from xasup.client.values import Connection, Link
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Refused, Unavailable, XasupError
from xasup.wire.mqtt import Wire, connect
from xasup.wire.store import ContactRow, DeviceStore, GroupRow, Line, Task

_OWED_AT_ONCE = 5000


class Uplink:
    """*account*: where and as whom; *ca_file*: PEM of the authority to trust."""

    def __init__(self, parts: Parts, account: ConnectString, ca_file: Path | None) -> None:
        self._parts = parts
        self._address = address_of(account, ca_file)
        self.connection = Connection(Link.OFFLINE)
        self.wire: Wire | None = None
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        """For ever."""
        attempts, world = backoff.Attempts(), self._parts.world
        while True:
            await self._become(Connection(Link.CONNECTING))
            began = world.monotonic()
            error = await self._call()
            refused = isinstance(error, Refused)
            wait = attempts.wait(refused, world.monotonic() - began, world.jitter())
            await self._become(Connection(Link.REFUSED if refused else Link.OFFLINE, str(error), wait))
            await asyncio.sleep(wait)

    async def online(self) -> None:
        """Wait for it. Raises Refused."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connection.link in (Link.ONLINE, Link.REFUSED))
            if self.connection.link is Link.REFUSED:
                raise Refused(self.connection.reason)

    async def refused(self) -> None:
        """Wait until the broker does not know us."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.connection.link is Link.REFUSED)

    async def leave(self) -> None:
        """Before the end: tell that I go."""
        if self.wire is not None:
            await self._parts.presence.leave(self.wire)

    async def _become(self, connection: Connection) -> None:
        async with self._changed:
            self.connection = connection
            self._changed.notify_all()
        self._parts.feed.tell(ConnectionChanged(connection))

    async def _call(self) -> XasupError:
        """One connection, from its beginning to its end; returns why it ended."""
        will, session = self._parts.presence.will(), self._parts.habits.session
        try:
            async with connect(self._address, will=will, session_expiry=session) as self.wire:
                await self._serve(self.wire)
        except (Refused, Unavailable) as error:
            return error
        finally:
            self._hang_up()
        raise AssertionError("a connection is not served to its end without a reason")

    async def _serve(self, wire: Wire) -> None:
        subscriptions = Subscriptions(self._parts.me, wire, self._parts.missing.set)
        await subscriptions.base()
        rows, shown = await self._recall()
        await subscriptions.follow(rows)
        self._pick_up(wire, shown)
        await self._become(Connection(Link.ONLINE))
        crew, inbound = Crew(), Inbound(self._parts, wire, subscriptions)
        crew.hire(Roll(self._parts, subscriptions).call(), name="roll")
        if self._parts.habits.catch_up:
            crew.hire(Past(self._parts, inbound).follow(), name="past")
        try:
            await inbound.run()
        finally:
            await crew.dismiss()

    async def _recall(self) -> tuple[list[ContactRow | GroupRow], list[Line]]:
        def job(store: DeviceStore) -> tuple[list[ContactRow | GroupRow], list[Line]]:
            rows: list[ContactRow | GroupRow] = [*store.roster.contacts(), *store.roster.groups()]
            return rows, store.inbox.tasked(Task.OWED, _OWED_AT_ONCE)

        return await self._parts.journal.do(job)

    def _pick_up(self, wire: Wire, shown: list[Line]) -> None:
        self._parts.presence.say(wire, True)
        self._parts.counter.attach(wire)
        self._parts.teller.attach(wire, shown)
        self._parts.courier.attach(wire)

    def _hang_up(self) -> None:
        self.wire = None
        self._parts.courier.detach()
        self._parts.teller.detach()
        self._parts.counter.detach()
        self._parts.presence.forget_all()
