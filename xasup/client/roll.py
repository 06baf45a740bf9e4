"""Brings the roster in step with the services: lists my contacts and groups whenever the broker has let us in.

Events tell of changes; the list tells of those that were missed, and of what is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from xasup.client import backoff, notes
from xasup.client.announce import Announcer
from xasup.client.desk import AtDesk
from xasup.client.parts import Parts
from xasup.client.subscriptions import Subscriptions
from xasup.protocol.contacts import Edge, Told
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.groups import Role
from xasup.wire.store import ContactRow, DeviceStore, GroupRow

Row = ContactRow | GroupRow
_PAGE = 500


class Roll(AtDesk):
    """Of one connection."""

    def __init__(self, parts: Parts, subscriptions: Subscriptions) -> None:
        self._parts, self._subscriptions = parts, subscriptions
        self._desk = parts.counter
        self._announcer = Announcer(parts)

    async def call(self) -> None:
        """Until it has worked once."""
        attempt = 0
        while True:
            try:
                await self._list("contacts", notes.contact_row, lambda store: list(store.roster.contacts()))
                await self._list("groups", notes.group_row, lambda store: list(store.roster.groups()))
            except (Unavailable, Refused, Malformed):  # the service is away, or older or newer than we are
                await asyncio.sleep(backoff.reconnect(attempt, self._parts.world.jitter()))
                attempt += 1
            else:
                return

    async def _list(
        self, service: str, read: Callable[[dict[str, object]], Row], known: Callable[[DeviceStore], list[Row]]
    ) -> None:
        missing = {_name(row): row for row in await self._parts.journal.do(known)}
        page: list[Row] = []
        async for entry in self._listing(service, "list", service):
            row = _read(read, entry)
            missing.pop(_name(row), None)
            page.append(row)
            if len(page) >= _PAGE:
                await self._put(page)
                page = []
        await self._put(page)
        await self._drop(list(missing.values()))

    async def _put(self, rows: list[Row]) -> None:
        changed = await self._parts.journal.do(
            lambda store: [row for row in rows if _put(store, row)], self._announcer.rows
        )
        await self._subscriptions.follow(changed)

    async def _drop(self, rows: list[Row]) -> None:
        gone = [_gone(row) for row in rows]
        await self._parts.journal.do(lambda store: _drop(store, rows), lambda _: self._announcer.rows(gone))
        await self._subscriptions.follow(gone)


def _name(row: Row) -> str:
    return row.user if isinstance(row, ContactRow) else row.group


def _put(store: DeviceStore, row: Row) -> bool:
    return store.roster.put_contact(row) if isinstance(row, ContactRow) else store.roster.put_group(row)


def _drop(store: DeviceStore, rows: list[Row]) -> None:
    for row in rows:
        if isinstance(row, ContactRow):
            store.roster.drop_contact(row.user)
        else:
            store.roster.drop_group(row.group)


def _gone(row: Row) -> Row:
    if isinstance(row, ContactRow):
        return ContactRow(row.user, Edge.NONE, Told.NONE, row.ts)
    return GroupRow(row.group, row.name, Role.NONE, "", row.ts)


def _read(read: Callable[[dict[str, object]], Row], entry: dict[str, object]) -> Row:
    try:
        return read(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"entry of a listing: {type(error).__name__} {error}") from None
