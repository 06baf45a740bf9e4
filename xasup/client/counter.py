"""The counter where requests to services are handed in, and answers given out: the Desk, over the wire and the file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from xasup.client.journal import Journal
from xasup.client.notes import Answer
from xasup.protocol import codec, topics
from xasup.protocol.errors import Unavailable, XasupError
from xasup.protocol.events import Payload
from xasup.protocol.ids import MessageId, UserId
from xasup.wire.mqtt import Wire
from xasup.wire.store import RequestRow


@dataclass(slots=True)
class _Open:
    row: RequestRow
    kept: bool
    waiter: asyncio.Future[Payload] | None


class Counter:
    """See Desk. *patience*: seconds to wait for an answer; *new_id*: names a request."""

    def __init__(self, me: UserId, journal: Journal, new_id: Callable[[], MessageId], patience: float) -> None:
        self._me, self._journal, self._new_id, self._patience = me, journal, new_id, patience
        self._open: dict[str, _Open] = {}
        self._wire: Wire | None = None

    async def recall(self) -> None:
        """What was asked before this process began, and not answered."""
        for row in await self._journal.do(lambda store: store.requests.all()):
            self._open[row.id] = _Open(row, True, None)

    async def request(self, service: str, op: str, *, keep: bool = True, **fields: Any) -> Payload:
        id = self._new_id()
        row = RequestRow(id, service, op, codec.encode({"id": id, "op": op, **fields}))
        waiter: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()

        def ask(_: None) -> None:
            self._open[id] = _Open(row, keep, waiter)
            self._publish(row)

        if keep:
            await self._journal.do(lambda store: store.requests.put(row), ask)
        else:
            ask(None)
        try:
            async with asyncio.timeout(self._patience):
                return await waiter
        except TimeoutError:
            raise Unavailable(self._no_answer(service, op, keep)) from None
        finally:
            self._let_go(id)

    def attach(self, wire: Wire) -> None:
        """There is a connection: what was not answered is offered again, under the same id."""
        self._wire = wire
        for entry in list(self._open.values()):
            self._publish(entry.row)

    def detach(self) -> None:
        """There is none."""
        self._wire = None

    def close(self) -> None:
        """Nobody will answer any more."""
        for entry in self._open.values():
            if entry.waiter is not None and not entry.waiter.done():
                entry.waiter.set_exception(Unavailable("the client was closed before the answer came"))

    def answered(self, answer: Answer) -> bool:
        """Give it to the one who waits; False where nobody does any more. The caller drops it from the file."""
        entry = self._open.pop(answer.id, None)
        if entry is None or entry.waiter is None or entry.waiter.done():
            return False
        if answer.error is None:
            entry.waiter.set_result(answer.payload)
        else:
            entry.waiter.set_exception(answer.error)
        return True

    def _publish(self, row: RequestRow) -> None:
        if self._wire is not None:
            self._wire.publish_with(topics.request(row.service, self._me), row.payload, partial(self._ended, row.id))

    def _ended(self, id: str, error: XasupError | None) -> None:
        entry = self._open.get(id)
        if error is None or isinstance(error, Unavailable) or entry is None:
            return
        if entry.waiter is not None and not entry.waiter.done():
            entry.waiter.set_exception(error)

    def _let_go(self, id: str) -> None:
        entry = self._open.get(id)
        if entry is None:
            return
        entry.waiter = None
        if not entry.kept:
            del self._open[id]

    def _no_answer(self, service: str, op: str, keep: bool) -> str:
        later = "; it is written down and takes effect when the service has it" if keep else ""
        return f"{service}: no answer to {op} within {self._patience:g} s{later}"
