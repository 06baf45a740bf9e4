"""One part of the backend as `xasup status` knows it: a row. Refuses to know: how it was looked at, how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xasup.runtime.parts import DOWN, SILENT, WELL
from xasup.runtime.settings import Settings

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

    def advice(self, settings: Settings) -> str:
        """What to do about it; "" where it is well."""
        if self.well:
            return ""
        file = settings.logs / f"{self.name}.log"
        log = f"see {file}" if file.exists() else "see its log"
        match self.state:
            case state if state == DOWN:
                return f"{log}; `xasup up` starts it again by itself"
            case state if state == SILENT and self.pid:
                return f"`kill -CONT {self.pid}` if it was stopped, else `kill -9 {self.pid}`: it is started again"
            case state if state == DROPPED:
                return f"nothing that is stored is lost: devices ask history for it; {log} names the slow clients"
            case state if state == FULL:
                return "make room: let history catch up, or allow more with XASUP_LOG_MEMORY"
        return log

    def fields(self, settings: Settings) -> dict[str, Any]:
        """For a script."""
        return {
            "part": self.name,
            "state": self.state,
            "ok": self.well,
            "pid": self.pid or None,
            "since": self.since or None,
            "figures": dict(self.figures),
            "reason": self.reason,
            "advice": self.advice(settings),
        }
