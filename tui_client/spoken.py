"""What can be told in lines as well as be drawn: the plain mode says it where the screen would open it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Spoken(Protocol):
    """A screen over the conversation that only shows something."""

    def spoken(self) -> Sequence[str]:
        """All of it, a sentence or an entry a line; foreign text in it is not yet harmless."""
        ...
