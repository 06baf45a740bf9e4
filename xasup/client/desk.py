"""The desk where requests to services are handed in; what people, groups and devices have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from xasup.protocol.events import Payload


class Desk(Protocol):
    """Hands a request to a service and waits for its answer."""

    async def request(self, service: str, op: str, *, keep: bool = True, **fields: Any) -> Payload:
        """The answer's fields. *keep*: write it down and offer it again, with the same id, until it is answered.

        Raises Refused or Malformed with the service's code and sentence, Unavailable when no answer comes in time (a
        kept request stays written down and takes effect later).
        """
        ...


class AtDesk:
    """A part of the engine that speaks through a desk."""

    _desk: Desk

    async def _listing(self, service: str, op: str, under: str, **fields: Any) -> AsyncIterator[dict[str, Any]]:
        """All entries of a listing, page after page. *under*: the answer's field that holds them."""
        after = ""
        while True:
            page = await self._desk.request(service, op, keep=False, after=after, limit=PAGE, **fields)
            for entry in page.get(under, ()):
                yield entry
            after = page.get("next") or ""
            if not after:
                return


PAGE = 500
