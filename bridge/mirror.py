"""The bridge at work: what came is sorted, appended in one go, and acknowledged in the order in which it came, only
when the log has it; then senders are told.

It belongs to one connection and ends with it: what is not acknowledged by then comes again. Refuses to know: which log
it is, how the connection came about, what messages mean.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

import structlog

from bridge import dead_letters
from bridge.habits import Habits, Target
from bridge.metrics import Metrics, Pending
from bridge.presence import ACCOUNT
from bridge.pressure import Pressure
from bridge.sorter import Batch, Sorter
from bridge.teller import Teller
from xasup.protocol.errors import Malformed
from xasup.wire.log.port import Outcome, State
from xasup.wire.mqtt.intake import Delivery

log = structlog.get_logger()

# While so many appends are under way, what comes is gathered and appended when one ends, or when it is so much: a log
# that is asked for one record at a time spends all its time on being asked, and on its disk.
TOGETHER, FULL = 1, 1000


class Source(Protocol):
    """The connection, as far as it is needed here."""

    def hold(self, on: bool) -> None: ...

    def acknowledge(self, mids: list[int]) -> None: ...


class _Entry:
    """A batch on its way. *outcomes*: None until the log has it. *letters*: dead letters for what the log never takes
    of it; their records are those that it has not taken yet."""

    __slots__ = ("batch", "letters", "outcomes")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.outcomes: list[Outcome] | None = None
        self.letters: Batch | None = None

    @property
    def settled(self) -> bool:
        return self.outcomes is not None and not (self.letters is not None and self.letters.records)


class Mirror:
    """*now*: milliseconds since the epoch; *passed* is told of fences of our own. `failed` ends with an exception when
    the log cannot be appended to any more."""

    def __init__(
        self,
        source: Source,
        log: Target,
        sorter: Sorter,
        teller: Teller,
        metrics: Metrics,
        habits: Habits,
        now: Callable[[], int],
        passed: Callable[[str], None],
    ) -> None:
        self._source, self._log, self._sorter, self._teller = source, habits.target(log), sorter, teller
        self._metrics, self._now, self._passed = metrics, now, passed
        self._clock = metrics.clock
        self._pressure = Pressure()
        self._under_way: deque[_Entry] = deque()
        self._gathered: list[Delivery] = []
        self._since = 0.0  # when the first of them came
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def pending(self) -> Pending:
        oldest = self._under_way[0].batch.taken if self._under_way else self._clock()
        return Pending(self._pressure.records + len(self._gathered), self._pressure.bytes, self._clock() - oldest)

    @property
    def state(self) -> State:
        return self._log.state

    @property
    def held(self) -> bool:
        """Whether the source is left unread."""
        return self._pressure.held

    def stop(self) -> None:
        """Tell what there is to be told; what is on its way is left alone, and comes again."""
        self._teller.stop()
        if not self.failed.cancel() and not self.failed.cancelled():
            self.failed.exception()  # taken note of, where another part told first

    def take(self, deliveries: list[Delivery]) -> None:
        """What one read brought. After `failed` it is left alone, and comes again."""
        if self.failed.done():
            return
        if not self._gathered:
            self._since = self._clock()
        self._gathered += deliveries
        self._metrics.took(len(deliveries))
        if len(self._under_way) < TOGETHER or len(self._gathered) >= FULL:
            self._append()
        self._hold()

    def _append(self) -> None:
        deliveries, self._gathered = self._gathered, []
        batch = self._sorter.sort(deliveries, self._now(), self._since)
        entry = _Entry(batch)
        self._under_way.append(entry)
        self._pressure.add(batch.count, batch.size)
        if batch.records:
            self._log.append(batch.records).add_done_callback(partial(self._appended, entry))
        else:
            entry.outcomes = []
            self._settle()

    def _appended(self, entry: _Entry, done: asyncio.Future[list[Outcome]]) -> None:
        outcomes = self._result(done)
        if outcomes is None:
            return
        self._metrics.latency.observe(self._clock() - entry.batch.taken)
        entry.outcomes = outcomes
        if Malformed in map(type, outcomes):
            entry.letters = self._sorter.not_taken(entry.batch, outcomes)
            self._bury(entry.letters, 0)
        self._settle()
        self._hold()

    def _bury(self, letters: Batch, attempt: int) -> None:
        """Append dead letters of what was too large, cut so that the log takes them."""
        cut = [dead_letters.cut(letter, dead_letters.CUTS[attempt]) for letter in letters.records]
        self._log.append(cut).add_done_callback(partial(self._buried, letters, attempt))

    def _buried(self, letters: Batch, attempt: int, done: asyncio.Future[list[Outcome]]) -> None:
        outcomes = self._result(done)
        if outcomes is None:
            return
        refused = [
            letter for letter, outcome in zip(letters.records, outcomes, strict=True) if type(outcome) is Malformed
        ]
        letters.records = refused
        if refused and attempt + 1 < len(dead_letters.CUTS):
            self._bury(letters, attempt + 1)
            return
        for letter in refused:
            log.error("the log does not even take the dead letter", topic=letter.key.decode(errors="replace"))
        letters.records = []
        self._settle()
        self._hold()

    def _result(self, done: asyncio.Future[list[Outcome]]) -> list[Outcome] | None:
        """None when it came to nothing: then all of this ends."""
        if done.cancelled() or self.failed.done():
            return None
        error = done.exception()
        if error is None:
            return done.result()
        self.failed.set_exception(error)
        return None

    def _settle(self) -> None:
        """Acknowledge what is in the log and has nothing before it that is not."""
        under_way = self._under_way
        while under_way and under_way[0].settled:
            entry = under_way.popleft()
            batch = entry.batch
            self._pressure.remove(batch.count, batch.size)
            self._source.acknowledge(batch.mids)
            self._tell(batch, entry.outcomes or [])
            if entry.letters is not None:
                self._reject(entry.letters)
            self._metrics.settled(batch.count, len(batch.records), len(batch.repeated))
        if self._gathered and len(under_way) < TOGETHER:
            self._append()
        self._teller.soon()

    def _tell(self, batch: Batch, outcomes: list[Outcome]) -> None:
        stored = self._teller.stored
        for message, outcome in zip(batch.messages, outcomes, strict=True):
            if message is not None and type(outcome) is not Malformed:
                message.known.position = outcome  # type: ignore[assignment]  # mypy does not narrow by type()
                stored(message.way.sender, message.id, outcome)  # type: ignore[arg-type]  # the same
        for way, id, known in batch.repeated:
            if known.position is not None:  # else the log did not take the first one, which its sender hears
                stored(way.sender, id, known.position)
        for asker, question in batch.fences:
            if asker == ACCOUNT:
                self._passed(question)
            else:
                self._teller.passed(asker, question)
        if batch.rejected:
            self._reject(batch)
        if batch.dropped is not None and (grown := self._metrics.broker_dropped(batch.dropped)) > 0:
            log.error("the broker has dropped messages", more=grown, in_all=batch.dropped)

    def _reject(self, batch: Batch) -> None:
        for way, id, error, kind in batch.rejected:
            topic = way.topic.decode(errors="replace")
            log.warning("dead letter", topic=topic, id=id, kind=kind, reason=str(error))
            self._metrics.buried(kind)
            if way.sender:
                self._teller.rejected(way.sender, id, topic, error)

    def _hold(self) -> None:
        before = self._pressure.held
        on = self._pressure.hold(self._log.state.word == "up")
        if on is not before:
            # Under full load this is how the rate is kept; only a log that is not up is news.
            say = log.debug if self._log.state.word == "up" else log.warning
            say("reading is held" if on else "reading goes on", log=self._log.state, pending=self._pressure.records)
            self._source.hold(on)
