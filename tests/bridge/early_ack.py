"""`python -m tests.bridge.early_ack`: a bridge that thanks the broker, and tells senders *stored*, before the log has
what it was given."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from bridge.__main__ import main
from bridge.habits import Habits, Target
from xasup.wire.log.port import Outcome, Position, Record, State


class HastyLog:
    """Says yes at once, with positions that it makes up."""

    def __init__(self, log: Target) -> None:
        self._log = log

    @property
    def state(self) -> State:
        return self._log.state

    def append(self, records: Sequence[Record]) -> asyncio.Future[list[Outcome]]:
        self._log.append(records).add_done_callback(asyncio.Future.exception)  # looked at, and nothing done about it
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        done.set_result([Position(0, "0-0") for _ in records])
        return done


EARLY_ACK = Habits(target=HastyLog)

if __name__ == "__main__":
    sys.exit(main(EARLY_ACK))
