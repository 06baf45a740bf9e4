"""When each device was last seen: collected as the broker tells, written now and then. Never part of a decision.

Refuses to know: requests, clocks (the caller gives one).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import islice

import structlog

from xasup.protocol import codec, events
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.ids import ClientId, device_id, user_id
from xasup.wire.truth import tables
from xasup.wire.truth.port import Cell, Step, Truth

log = structlog.get_logger()

EVERY = 1.0  # seconds between two writings
CHUNK = 500  # devices in one step
MOST = 100_000  # devices remembered while the truth is away


class Seen:
    """*now*: milliseconds since the epoch."""

    def __init__(self, truth: Truth, now: Callable[[], int]) -> None:
        self._truth, self._now = truth, now
        self._last: dict[ClientId, int] = {}
        self._news = asyncio.Event()

    def note(self, payload: bytes) -> None:
        """An event of the broker; only `connected` counts."""
        try:
            event = codec.decode_object(payload)
            if event.get("event") != events.CONNECTED:
                return
            client = ClientId(user_id(str(event.get("user"))), device_id(str(event.get("device"))))
        except Malformed as error:
            log.warning("an event of the broker cannot be read", reason=str(error))
            return
        if len(self._last) < MOST or client in self._last:
            self._last[client] = self._now()
        self._news.set()

    async def write(self) -> None:
        """For ever."""
        try:
            while True:
                await self._news.wait()
                await asyncio.sleep(EVERY)
                await self._write()
        finally:
            await self._write()

    async def _write(self) -> None:
        self._news.clear()
        try:
            while self._last:
                chunk = dict(islice(self._last.items(), CHUNK))
                await self._truth.commit(Step(put={_cell(client): b"%d" % at for client, at in chunk.items()}))
                for client, at in chunk.items():
                    if self._last[client] == at:
                        del self._last[client]
        except Unavailable as error:
            log.warning("last seen cannot be written", reason=str(error), devices=len(self._last))
            self._news.set()


def _cell(client: ClientId) -> Cell:
    return Cell(tables.seen(client.user), client.device)
