"""One part of the backend as `xasup status` knows it: a row. Refuses to know: how it was looked at, how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xasup.runtime.parts import WELL

DROPPED, FULL = "dropped", "full"

# What only grows while a process lives: of two looks it gives a rate.
COUNTERS = frozenset({"commands", "applied", "requests", "received", "acknowledged", "records"})


@dataclass(frozen=True, slots=True)
class Row:
    """*pid*: 0 where there is none on this machine; *since*: when it began, in milliseconds since the epoch, 0:
    unknown; *reason*: why it is not well, or as it is."""

    name: str
    state: str
    reason: str = ""
    pid: int = 0
    since: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return self.state in WELL

    def rates(self, before: Row, seconds: float) -> dict[str, float]:
        """What was counted since the look *before*, a second; nothing where another process has begun to count."""
        if before.pid != self.pid or seconds <= 0:
            return {}
        both = [name for name in self.figures if name in COUNTERS and name in before.figures]
        return {name: max(0.0, (self.figures[name] - before.figures[name]) / seconds) for name in both}

    def fields(self) -> dict[str, Any]:
        """For a script."""
        return {
            "part": self.name,
            "state": self.state,
            "ok": self.well,
            "pid": self.pid or None,
            "since": self.since or None,
            "figures": dict(self.figures),
            "reason": self.reason,
        }
