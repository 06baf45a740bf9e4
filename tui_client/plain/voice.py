"""The port between the plain mode and a terminal: it says lines and hears lines. Two carry it out: prompt.py where the
terminal can move its cursor, stream.py where it cannot."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol


class Voice(Protocol):
    """What was said is never taken back or drawn again."""

    def say(self, line: str) -> None:
        """One line, harmless already."""
        ...

    def suggest(self, text: str) -> bool:
        """Put *text* where the person types, if that can be done and nothing stands there."""
        ...

    def lines(self) -> AsyncGenerator[str, None]:
        """What is typed, until the person leaves."""
        ...

    def close(self) -> None:
        """Hear nothing more: *lines* ends."""
        ...
