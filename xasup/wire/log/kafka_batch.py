"""One call of append() on its way into Kafka: which delivery report is about which record.

Reports of one partition come in the order of its records, so that no record needs a callback of its own. Refuses to
know: producers, retries.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaError, Message

from xasup.wire.log.port import Outcome, Position, Record


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
        self.shares: dict[str, Share] = {}

    def share(self, stream: str) -> Share:
        """Its part in one topic."""
        share = self.shares.get(stream)
        if share is None:
            share = self.shares[stream] = Share(self)
        return share

    def settle(self, index: int, outcome: Outcome | None) -> None:
        self.outcomes[index] = outcome
        self.tally.pending -= 1
        self.left -= 1
        if not self.left and not self.done.done():
            self.done.set_result(self.outcomes)  # type: ignore[arg-type]  # none of them is None any more

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # nobody needs to be told who does not ask


class Share:
    """*waiting*: indices of records without a report, by partition; *report*: the callback of them all."""

    __slots__ = ("batch", "report", "waiting")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.waiting: defaultdict[int, deque[int]] = defaultdict(deque)
        self.report = self._report  # bound once

    def _report(self, error: KafkaError | None, message: Message) -> None:
        partition = message.partition()
        index = self.waiting[partition].popleft()  # type: ignore[index]  # a message that was sent has one
        batch = self.batch
        if error is None:
            outcome: Outcome | None = Position(partition, str(message.offset()))  # type: ignore[arg-type]  # the same
        else:
            outcome = batch.judge(batch.records[index], error)
        batch.tally.news = True
        batch.settle(index, outcome)
