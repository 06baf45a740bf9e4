"""Which of my messages surely nobody has got: they were never handed to a connection, or the broker turned each offer
down. Pure bookkeeping. Only these may be changed, since what is out cannot be called back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Handed:
    """*floor*: `seq` of the newest line that was there when this process began: of such lines nothing is known."""

    floor: int = 0
    _out: set[str] = field(default_factory=set)  # since then, and perhaps with somebody
    _kept: set[str] = field(default_factory=set)  # from under the floor, and surely with nobody

    def out(self, ids: Iterable[str]) -> None:
        """The broker took them, or the connection was lost before it answered."""
        self._out.update(ids)

    def kept(self, id: str) -> None:
        """It is known that nobody has got it so far."""
        self._kept.add(id)

    def settled(self, id: str) -> None:
        """Nobody will ask any more."""
        self._out.discard(id)
        self._kept.discard(id)

    def sure(self, id: str, seq: int) -> bool:
        """Nobody has got it."""
        return id not in self._out and (seq > self.floor or id in self._kept)
