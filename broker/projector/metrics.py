"""What the projector counts, and how it is. Refuses to know: what a change is, who looks."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from xasup.wire.truth.port import position_key


class Metrics:
    """Catching up until it is told otherwise."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._applied = Counter(
            "xasup_projector_applied_changes", "Changes applied to the directory.", registry=self.registry
        )
        self._lag = Gauge(
            "xasup_projector_lag_seconds",
            "Time between the newest change of the truth, as last seen, and the newest one in the directory.",
            registry=self.registry,
        )
        self._failures = Counter("xasup_projector_failures", "Attempts that failed.", registry=self.registry)
        self._state, self._reason, self._last_error = "catching-up", "", ""
        self._count, self._position, self._behind = 0, "", 0.0

    def applied(self, count: int, position: str, newest: str) -> None:
        """*count* changes more; the directory is at *position*, the truth at *newest* or beyond."""
        if count:
            self._applied.inc(count)
            self._count += count
        self._behind = 0.0 if newest == position else (position_key(newest)[0] - position_key(position)[0]) / 1000
        self._lag.set(self._behind)
        self._position, self._reason = position, ""
        self._state = "ok" if newest == position else "catching-up"

    def rebuilding(self, reason: str) -> None:
        """A new directory is being made, *reason* says why; the old one serves meanwhile."""
        self._state, self._reason = "catching-up", f"rebuilding the directory: {reason}"

    def failed(self, error: Exception) -> None:
        """It waits, to try again."""
        self._failures.inc()
        self._state, self._reason = "waiting", str(error)
        self._last_error = self._reason

    def facts(self) -> dict[str, Any]:
        """For the health page. *lag_s*: as of the last look at the truth."""
        return {
            "state": self._state,
            "reason": self._reason,
            "applied": self._count,
            "position": self._position,
            "lag_s": self._behind,
            "last_error": self._last_error,
        }
