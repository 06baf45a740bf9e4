"""When the next message is due: so many a second, whatever each of them costs. Pure."""

from __future__ import annotations

BEHIND = 2.0  # seconds; whoever was kept for longer leaves out what is older, rather than flood


class Pace:
    """*every*: seconds from one to the next; *now*: when it begins; *behind*: seconds that may be caught up."""

    def __init__(self, every: float, now: float, behind: float = BEHIND) -> None:
        self._every, self._due, self._behind = every, now, behind

    def wait(self, now: float) -> float:
        """Seconds until the next may be said; to be asked once for each."""
        self._due = max(self._due + self._every, now - self._behind)
        return max(0.0, self._due - now)
