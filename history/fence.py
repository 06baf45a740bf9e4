"""Asks the bridge to say when all that the broker had is in the log. What the broker accepted before the question
stands before it in the bridge's queue, however far the bridge is behind: so the log's end, looked at after the answer,
has it.

Refuses to know: what the answer is wanted for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from xasup.protocol import codec, events, topics
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.ids import service_account
from xasup.runtime.line import Line

PATIENCE = 5.0  # seconds; the bridge waits for the log, and who waits for us has left by then
_BRIDGE = "bridge"


class Fence:
    """*line*: over which it is asked; *new_id*: names a question."""

    def __init__(self, line: Line, new_id: Callable[[], str]) -> None:
        self._line, self._new_id = line, new_id
        self._open: dict[str, asyncio.Future[None]] = {}
        self._topic = topics.request(_BRIDGE, service_account(line.service))

    async def passed(self) -> None:
        """Return when what the broker had at this call, or more, is in the log. Raises Unavailable."""
        id, answer = self._new_id(), asyncio.get_running_loop().create_future()
        self._open[id] = answer
        self._line.publish(self._topic, codec.encode(events.fence(id)), lambda: None)
        try:
            async with asyncio.timeout(PATIENCE):
                await answer
        except TimeoutError:
            raise Unavailable("the bridge has not said in time that the log has everything") from None
        finally:
            del self._open[id]

    def heard(self, payload: bytes) -> None:
        """What the bridge said to us."""
        try:
            said = codec.decode_object(payload)
        except Malformed:
            return
        answer = self._open.get(str(said.get("id")))
        if answer is not None and not answer.done():
            answer.set_result(None)
