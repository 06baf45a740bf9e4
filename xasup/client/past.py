"""Asks history what this device missed: with each connection, and whenever numbers show a gap.

What history tells takes the same road as what arrives live, page by page, each with the position up to which the device
is then complete. Refuses to know: what entries mean.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

from xasup.client import backoff
from xasup.client.events import CatchingUp, CaughtUp
from xasup.client.inbound import Inbound
from xasup.client.parts import Parts
from xasup.client.sorting import Recalled
from xasup.protocol import codec
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.events import Payload

PAGE = 200  # entries
_SERVICE = "history"


class Past:
    """Of one connection."""

    def __init__(self, parts: Parts, inbound: Inbound) -> None:
        self._parts, self._inbound = parts, inbound

    async def follow(self) -> None:
        """For ever."""
        missing, attempt = self._parts.missing, 0
        missing.set()
        while True:
            await missing.wait()
            missing.clear()
            try:
                await self._catch_up()
                attempt = 0
            except (Unavailable, Refused, Malformed):  # the service is away, behind, older or newer than we are
                missing.set()
                await asyncio.sleep(min(backoff.reconnect(attempt, self._parts.world.jitter()), 5.0))
                attempt += 1

    async def _catch_up(self) -> None:
        asked, done, total = self._parts.world.monotonic(), 0, 0
        while True:
            page = await self._page(done == 0)
            batch = [_entry(it) for it in page.get("entries", ())]
            await self._inbound.recall(batch, str(page["position"]))
            done += len(batch)
            total = max(total, codec.count(page, "left", 0), done)
            if not page.get("more"):
                break
            self._parts.feed.tell(CatchingUp(done, total))
        self._parts.holds.complete(asked)
        self._parts.feed.tell(CaughtUp(done))

    async def _page(self, first: bool) -> Payload:
        position = await self._parts.journal.do(lambda store: store.past.position())
        known = {"position": position} if position else {}
        page = await self._parts.counter.request(_SERVICE, "since", keep=False, limit=PAGE, count=first, **known)
        if not isinstance(page.get("position"), str):
            raise Malformed("history: an answer without a position")
        return page


def _entry(fields: dict[str, Any]) -> Recalled:
    """Raises Malformed."""
    try:
        text = fields.get("payload")
        payload = text.encode() if isinstance(text, str) else b64decode(fields["base64"], validate=True)
        return Recalled(str(fields["topic"]), payload, codec.count(fields, "ts"))
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(f"history: an entry that cannot be read: {type(error).__name__} {error}") from None
