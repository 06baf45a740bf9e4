"""Where one was, for going back and forward again. Pure."""

from __future__ import annotations

from dataclasses import dataclass

KEPT = 50  # places


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, "" for none, and a line of it by its `seq`; 0 for its end."""

    key: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Trail:
    """The newest last in both."""

    behind: tuple[Place, ...] = ()
    ahead: tuple[Place, ...] = ()

    def leave(self, here: Place) -> Trail:
        """One goes somewhere else from here: what was ahead is no more."""
        if self.behind[-1:] == (here,):
            return Trail(self.behind)
        return Trail((*self.behind, here)[-KEPT:])

    def back(self, here: Place) -> tuple[Trail, Place | None]:
        """Where one came from; None at the beginning."""
        if not self.behind:
            return self, None
        return Trail(self.behind[:-1], (*self.ahead, here)), self.behind[-1]

    def forward(self, here: Place) -> tuple[Trail, Place | None]:
        """Where one went back from; None at the end."""
        if not self.ahead:
            return self, None
        return Trail((*self.behind, here), self.ahead[:-1]), self.ahead[-1]
