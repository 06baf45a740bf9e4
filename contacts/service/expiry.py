"""Ends the sessions of devices whose token has expired, within about a second. (They could do nothing any more: the
broker asks the directory at every packet.) Refuses to know: how a session is ended.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable

import structlog

from contacts.operations import devices
from contacts.operations.perform import perform
from xasup.protocol.changes import Change
from xasup.protocol.directory import DeviceRecord, device_key
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.wire.truth import tables
from xasup.wire.truth.port import Truth

log = structlog.get_logger()

TICK = 0.2  # seconds between two looks at the clock
AGAIN = 1.0  # seconds until the truth is asked again


class Expiry:
    """*now*: milliseconds since the epoch."""

    def __init__(self, truth: Truth, now: Callable[[], int]) -> None:
        self._truth, self._now = truth, now
        self._due: list[tuple[int, str]] = []
        self._news = asyncio.Event()

    def observe(self, change: Change) -> None:
        """Learn of devices that will expire."""
        if change.what == devices.LINKED:
            user, device = change.subject
            client = ClientId(UserId(user), DeviceId(device))
            for edit in change.edits:
                if edit.key == device_key(client) and edit.value is not None:
                    self._learn(client, DeviceRecord.unpack(edit.value).expires)

    async def watch(self) -> None:
        """For ever."""
        await self._load()
        while True:
            if not self._due:
                self._news.clear()
                await self._news.wait()
            if self._due[0][0] * 1000 > self._now():
                await asyncio.sleep(TICK)
                continue
            expires, client = heapq.heappop(self._due)
            await self._end(ClientId.parse(client), expires)

    async def _load(self) -> None:
        while True:
            try:
                async for client, expires in self._truth.scan(tables.EXPIRIES):
                    self._learn(ClientId.parse(client), int(expires))
            except Unavailable as error:
                log.warning("expiries cannot be read", reason=str(error))
                await asyncio.sleep(AGAIN)
                continue
            return

    def _learn(self, client: ClientId, expires: int) -> None:
        if expires:
            heapq.heappush(self._due, (expires, str(client)))
            self._news.set()

    async def _end(self, client: ClientId, expires: int) -> None:
        try:
            done = await perform(self._truth, devices.expire(client, expires, now=self._now()))
        except Unavailable as error:
            log.warning("an expired device cannot be ended yet", client=str(client), reason=str(error))
            self._learn(client, expires)
            await asyncio.sleep(AGAIN)
            return
        log.info("expired", client=str(client), ended=done.fresh)
