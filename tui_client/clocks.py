"""The two clocks of the screen in one value, so that a test can own them. The only file of this room to read either."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clocks:
    """*steady*: seconds, for countdowns; *wall*: now, in the zone in which times are shown (naive: the machine's)."""

    steady: Callable[[], float] = time.monotonic
    wall: Callable[[], datetime] = datetime.now
