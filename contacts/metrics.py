"""What the contacts service counts, and how it is. Refuses to know: what requests mean, who looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from contacts.service.enforcement import Enforcement
from xasup.runtime.line import Line

OK = "ok"  # the outcome of an answer that is no refusal; else its code
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_DECIDED = 10_000  # decisions whose enforcement is timed at once; beyond them the oldest are not


class _Decision(NamedTuple):
    position: str
    service: str
    op: str
    arrived: float


class Waiting(Protocol):
    """The notifier, as far as it is watched."""

    @property
    def waiting(self) -> tuple[int, int]: ...


class Metrics:
    """*clock*: seconds, running evenly; what is given as a time was read from it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.registry = CollectorRegistry()
        self.truth = ""  # why it cannot be followed at this moment
        self._requests = Counter(
            "xasup_contacts_requests",
            "Answers to requests; one that was late is counted as unavailable, and once more when it holds.",
            ("service", "op", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "xasup_contacts_answer_seconds",
            "From the arrival of a request until its answer goes out.",
            ("service",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._changes = Counter("xasup_contacts_changes", "Changes read from the truth.", registry=self.registry)
        self._answered = self._read = 0
        self._decided: deque[_Decision] = deque(maxlen=_DECIDED)
        self._lines: Mapping[str, Line] = {}
        self._notifier: Waiting | None = None
        self._enforcement = Enforcement()

    def watch(self, lines: Mapping[str, Line], notifier: Waiting, enforcement: Enforcement) -> None:
        """What is looked at when somebody looks; before it the service is starting."""
        self._lines, self._notifier, self._enforcement = lines, notifier, enforcement
        enforcement.listen(self._enforced)
        connected = Gauge(
            "xasup_contacts_connected",
            "1 while a service has its connection to the broker, with its subscriptions.",
            ("service",),
            registry=self.registry,
        )
        for service, line in lines.items():
            connected.labels(service).set_function(lambda line=line: float(line.stands.is_set()))  # type: ignore[misc]
        notices = Gauge(
            "xasup_contacts_changes_waiting",
            "Changes whose notices are not out: the directory has not got it, or the broker has not taken them all.",
            ("on",),
            registry=self.registry,
        )
        notices.labels("directory").set_function(lambda: notifier.waiting[0])
        notices.labels("broker").set_function(lambda: notifier.waiting[1])

    def answered(self, service: str, op: str, outcome: str, arrived: float) -> None:
        """The answer to a request goes out. *outcome*: OK or the code of the refusal; *op*: "" where it has none."""
        self._answered += 1
        self._requests.labels(service, op, outcome).inc()
        self._seconds.labels(service).observe(self._clock() - arrived)

    def decided(self, service: str, op: str, position: str, arrived: float) -> None:
        """A decision whose answer goes out when it is enforced."""
        self._decided.append(_Decision(position, service, op, arrived))
        self._enforced()

    def changed(self) -> None:
        """A change was read."""
        self._read += 1
        self._changes.inc()

    def _enforced(self) -> None:
        # In the order in which they were made known: that of their positions, but for what ran at the same time.
        while self._decided and self._enforcement.holds(self._decided[0].position):
            decision = self._decided.popleft()
            self.answered(decision.service, decision.op, OK, decision.arrived)

    def facts(self) -> dict[str, Any]:
        """For the health page."""
        if self._notifier is None:
            return {"state": "starting"}
        down = [service for service, line in self._lines.items() if not line.stands.is_set()]
        reason = f"no connection to the broker for {', '.join(down)}" if down else self.truth
        directory, broker = self._notifier.waiting
        return {
            "state": "waiting" if reason else "ok",
            "reason": reason,
            "requests": self._answered,
            "changes": self._read,
            "changes_waiting_on_directory": directory,
            "changes_waiting_on_broker": broker,
        }
