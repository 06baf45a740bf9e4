"""What is careless in a run, for controls; nothing is by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import bridge.habits
from xasup.client.habits import Habits


@dataclass(frozen=True, slots=True)
class Manners:
    """*agrees*: the broker lets everybody write to everybody; *stale*: its directory hears of nothing new."""

    device: Habits = field(default_factory=Habits)
    bridge: bridge.habits.Habits = field(default_factory=bridge.habits.Habits)
    agrees: bool = False
    stale: bool = False
