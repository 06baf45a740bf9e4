"""One call of append() on its way into Kafka: which delivery report is about which record.

Reports of one partition come in the order of its records, so that no record needs a callback of its own. What has all
its outcomes is in no cycle: the bridge looks for cycles once in ten minutes, and until then would keep all that came.
Refuses to know: producers, retries.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from confluent_kafka import KafkaError, Message

from xasup.wire.log.port import Outcome, Position, Record

Waiting = defaultdict[int, deque[int]]
Report = Callable[[KafkaError | None, Message], None]


@dataclass(slots=True)
class Tally:
    """Of all batches: records without an outcome; and whether Kafka has reported on any since somebody last looked."""

    pending: int = 0
    news: bool = False


class Batch:
    """*judge* says what an error means for a record; None: that the whole batch has failed."""

    __slots__ = ("at", "done", "judge", "left", "outcomes", "records", "shares", "tally")

    def __init__(
        self,
        records: Sequence[Record],
        done: asyncio.Future[list[Outcome]],
        judge: Callable[[Record, KafkaError], Outcome | None],
        tally: Tally,
    ) -> None:
        self.records, self.done, self.judge, self.tally = records, done, judge, tally
        self.at, self.left = 0, len(records)  # the next to hand over; those without an outcome
        self.outcomes: list[Outcome | None] = [None] * len(records)
        self.shares: dict[str, tuple[Waiting, Report]] = {}

    def share(self, stream: str) -> tuple[Waiting, Report]:
        """Its part in one topic: indices of records without a report, by partition; and the callback of them all."""
        share = self.shares.get(stream)
        if share is None:
            waiting: Waiting = defaultdict(deque)
            share = self.shares[stream] = waiting, partial(self._report, waiting)
        return share

    def settle(self, index: int, outcome: Outcome | None) -> None:
        self.outcomes[index] = outcome
        self.tally.pending -= 1
        self.left -= 1
        if not self.left:
            self.shares.clear()
            if not self.done.done():
                self.done.set_result(self.outcomes)  # type: ignore[arg-type]  # none of them is None any more

    def fail(self, error: Exception) -> None:
        self.shares.clear()
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # nobody needs to be told who does not ask

    def _report(self, waiting: Waiting, error: KafkaError | None, message: Message) -> None:
        partition = message.partition()
        index = waiting[partition].popleft()  # type: ignore[index]  # a message that was sent has one
        if error is None:
            outcome: Outcome | None = Position(partition, str(message.offset()))  # type: ignore[arg-type]  # the same
        else:
            outcome = self.judge(self.records[index], error)
        self.tally.news = True
        self.settle(index, outcome)
