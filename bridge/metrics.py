"""What the bridge counts, and how it is. Refuses to know: what messages say, who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bridge.dead_letters import CLASSES
from xasup.wire.log.port import State

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
STANDBY, STARTING = "standby", "starting"


class Pending(NamedTuple):
    """*deliveries*, *bytes*: taken and not acknowledged; *age*: of the oldest of them, in seconds."""

    deliveries: int = 0
    bytes: int = 0
    age: float = 0.0


class Watched(Protocol):
    """The bridge at work, as far as it is watched."""

    @property
    def pending(self) -> Pending: ...

    @property
    def state(self) -> State: ...


class Metrics:
    """Starting until it is told otherwise. *clock*: seconds, running evenly."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.registry = CollectorRegistry()
        self.received = self._counter("received_messages", "Deliveries taken from the broker.")
        self.appended = self._counter("appended_records", "Records that the log has taken, dead letters included.")
        self.acknowledged = self._counter("acknowledged_messages", "Deliveries acknowledged to the broker.")
        self.duplicates = self._counter("duplicate_messages", "Messages that came again and were not appended again.")
        self.stored = self._counter("stored_messages", "Messages of which their sender was told that they are stored.")
        self.unsaid = self._counter("unsaid_messages", "Messages of which their sender could not be told at once.")
        self.decisions = self._counter("decisions", "Changes of contacts, groups and devices appended to the log.")
        self.sessions_lost = self._counter("session_resets", "Connections for which the broker had lost our session.")
        self.terms = self._counter("terms", "How often this process came to work.")
        letters = Counter("xasup_bridge_dead_letters", "By class of reason.", ("reason",), registry=self.registry)
        self.dead_letters = {name: letters.labels(name) for name in CLASSES}
        self.latency = Histogram(
            "xasup_bridge_log_latency_seconds",
            "From the read of the socket until the log has it, for each append.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._dropped = self._gauge("broker_dropped_messages", "What the broker says that it dropped since it started.")
        self._gauge("pending_messages", "Deliveries taken and not acknowledged.").set_function(
            lambda: self.pending.deliveries
        )
        self._gauge("pending_bytes", "Payload of them.").set_function(lambda: self.pending.bytes)
        self._gauge("oldest_unacknowledged_seconds", "Age of the oldest of them.").set_function(
            lambda: self.pending.age
        )
        self._gauge("active", "1 while this process mirrors, 0 while it stands by.").set_function(
            lambda: float(self._watched is not None)
        )
        self._watched: Watched | None = None
        self._log: Callable[[], State] | None = None
        self._state, self._reason = STARTING, ""
        self.counts = {"received": 0, "acknowledged": 0, "duplicates": 0, "dead_letters": 0}
        self._heard = 0, False  # what the broker dropped, and whether this term has heard it

    @property
    def pending(self) -> Pending:
        return self._watched.pending if self._watched is not None else Pending()

    def opening(self, state: Callable[[], State]) -> None:
        """About to work, as soon as the log, whose state this is, has answered."""
        self._log = state

    def waits(self, reason: str) -> None:
        """The same, but for something else than the log; "": no longer."""
        self._state, self._reason = "waiting" if reason else STARTING, reason

    def at_work(self, watched: Watched) -> None:
        """From now on *watched* says how it is."""
        self.terms.inc()
        self._watched = watched

    def standby(self, state: str, reason: str) -> None:
        """Not at work; *state*: STANDBY, or `waiting` for what it cannot begin without."""
        self._watched, self._log, self._state, self._reason = None, None, state, reason
        self._heard = self._heard[0], False

    def took(self, count: int) -> None:
        self.received.inc(count)
        self.counts["received"] += count

    def settled(self, deliveries: int, records: int, duplicates: int) -> None:
        """A read of the socket is in the log, and acknowledged."""
        self.acknowledged.inc(deliveries)
        self.appended.inc(records)
        self.counts["acknowledged"] += deliveries
        if duplicates:
            self.duplicates.inc(duplicates)
            self.counts["duplicates"] += duplicates

    def buried(self, kind: str) -> None:
        self.dead_letters[kind].inc()
        self.counts["dead_letters"] += 1

    def broker_dropped(self, count: int) -> int:
        """The broker's count of what it dropped; by how much it has grown."""
        before, self._heard = self._heard[0], (count, True)
        self._dropped.set(count)
        return count - before if count >= before else count  # it starts anew with the broker

    def said(self, count: int, taken: bool) -> None:
        """The broker has taken news of so many messages, or has not."""
        (self.stored if taken else self.unsaid).inc(count)

    def facts(self) -> dict[str, Any]:
        """For the health page. `broker_dropped` is missing until the broker has told it."""
        state, reason = self._condition()
        pending = self.pending
        told = {"pending": pending.deliveries, "pending_bytes": pending.bytes, "oldest_s": round(pending.age, 3)}
        dropped = {"broker_dropped": self._heard[0]} if self._heard[1] else {}
        return {"state": state, "reason": reason, **self.counts, **dropped, **told}

    def _condition(self) -> tuple[str, str]:
        if self._watched is not None:
            word, reason = self._watched.state
            return ("ok" if word == "up" else _word(word)), reason
        if self._log is not None and (state := self._log()).word != "up":
            return _word(state.word), state.reason
        return self._state, self._reason

    def _counter(self, name: str, help: str) -> Counter:
        return Counter(f"xasup_bridge_{name}", help, registry=self.registry)

    def _gauge(self, name: str, help: str) -> Gauge:
        return Gauge(f"xasup_bridge_{name}", help, registry=self.registry)


def _word(state: str) -> str:
    """What the health page says for a log that is not up."""
    return "waiting" if state == "away" else state
