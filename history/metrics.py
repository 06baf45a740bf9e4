"""What history counts, and how it is. Refuses to know: what records mean, who looks."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from xasup.runtime.line import Line
from xasup.wire.log.port import Entry
from xasup.wire.mailboxes import Kept

OK = "ok"  # the outcome of an answer that is no refusal; else its code
BEHIND = 5000  # records that may wait without anybody calling it catching up
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """*clock*: seconds, running evenly; what is given as a time was read from it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.registry = CollectorRegistry()
        self._records = self._counter("records", "Records taken from the log.", "stream")
        self._letters = self._counter("letters", "Messages and receipts that are new in the mailboxes.")
        self._repeated = self._counter("repeated", "Messages that the log had once more.")
        self._skipped = self._counter("skipped", "Records that cannot be understood, and are not kept.", "stream")
        self._lost = self._counter("lost_records", "Records that the log lost before they were read.", "stream")
        self._gaps = self._counter("gaps", "How often the log had lost records that were not read.")
        self._failures = self._counter("failures", "Attempts to read or to keep that failed.")
        self._requests = self._counter("requests", "Answers to requests.", "op", "outcome")
        self._entries = self._counter("answered_entries", "Entries in the pages that were answered.")
        self._lag = Gauge(
            "xasup_history_lag_records",
            "Records of the log that it was not told of as taken yet.",
            ("stream",),
            registry=self.registry,
        )
        self._batch_seconds = self._histogram("batch_seconds", "From a batch that was read until it is durable.")
        self._answer_seconds = self._histogram("answer_seconds", "From a request until its answer goes out.", "op")
        self._line: Line | None = None
        self._counts: Count[str] = Count()
        self._lags: dict[str, int] = {}
        self._reason = self._missing = ""

    def watch(self, line: Line) -> None:
        """What is looked at when somebody looks."""
        self._line = line
        Gauge(
            "xasup_history_connected",
            "1 while it has its connection to the broker, with its subscription.",
            registry=self.registry,
        ).set_function(lambda: float(line.stands.is_set()))

    def reading(self) -> None:
        """The log answers."""
        self._reason = ""

    def kept(self, entries: Iterable[Entry], skipped: Iterable[Entry], kept: Kept, begun: float) -> None:
        """A batch is durable, that was read at *begun*."""
        self._batch_seconds.observe(self._clock() - begun)
        for name, count in Count(entry.stream for entry in entries).items():
            self._records.labels(name).inc(count)
            self._counts["records"] += count
        for entry in skipped:
            self._skipped.labels(entry.stream).inc()
            self._counts["skipped"] += 1
        self._letters.inc(kept.letters)
        self._repeated.inc(kept.repeated)
        self._counts.update(letters=kept.letters, repeated=kept.repeated)

    def lags(self, stream: str, records: int) -> None:
        """*stream* has so many records that were not taken."""
        self._lag.labels(stream).set(records)
        self._lags[stream] = records

    def gap(self, reason: str, lost: Mapping[str, int]) -> None:
        """The log has lost records, so many of each stream, as far as it is known."""
        self._gaps.inc()
        for stream, count in lost.items():
            self._lost.labels(stream).inc(count)
            self._counts["lost"] += count
        self._missing = reason

    def failed(self, reason: str) -> None:
        """It waits, to try again."""
        self._failures.inc()
        self._reason = reason

    def answered(self, op: str, outcome: str, arrived: float, entries: int = 0) -> None:
        """An answer goes out. *outcome*: OK or the code of the refusal; *op*: "" where it has none."""
        self._requests.labels(op, outcome).inc()
        self._answer_seconds.labels(op).observe(self._clock() - arrived)
        self._entries.inc(entries)
        self._counts["requests"] += 1

    def facts(self) -> dict[str, Any]:
        """For the health page. *reason*: why it is not well, or has been incomplete since it was started."""
        state, reason = self._state()
        return {
            "state": state,
            "reason": reason,
            **{name: self._counts[name] for name in ("records", "letters", "repeated", "skipped", "lost", "requests")},
            "lag": sum(self._lags.values()),
        }

    def _state(self) -> tuple[str, str]:
        if self._line is None or not self._line.stands.is_set():
            return "waiting", "no connection to the broker"
        if self._reason:
            return "waiting", self._reason
        if self._missing:
            return "incomplete", self._missing
        behind = not self._lags or max(self._lags.values()) > BEHIND
        return ("catching-up" if behind else "ok"), ""

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"xasup_history_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"xasup_history_{name}", meaning, labels, buckets=_SECONDS, registry=self.registry)
