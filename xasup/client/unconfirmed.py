"""Messages that the broker has and that are not settled: when to offer them again. Pure bookkeeping.

By conversation, oldest first, a page at a time: a recipient who is away finds a page more in their queue at the broker,
ever more seldom; one who is there confirms it, and gets the next page at once. At most TRACKED are remembered; what is
beyond waits for the next start. What is confirmed and not stored is offered with the next connection: it can only be
lost where that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xasup.client import backoff

PAGE, TRACKED = 200, 10_000


@dataclass(slots=True)
class _Lane:
    """One conversation. *ids*: to their seq; *offered*: those of the last page that are still unconfirmed; *stored*:
    those that the log has; *confirmed*: those that the recipient has, and the log perhaps not."""

    due: float
    offers: int = 0
    ids: dict[str, int] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Unconfirmed:
    """*now*: seconds of a clock that only goes forward; *jitter* is in [0, 1)."""

    _lanes: dict[str, _Lane] = field(default_factory=dict)
    _count: int = 0

    def watch(self, conversation: str, id: str, seq: int, now: float, jitter: float) -> None:
        """The broker has it."""
        lane = self._lanes.get(conversation)
        if lane is None:
            lane = self._lanes[conversation] = _Lane(now + backoff.reoffer(0, jitter))
        if id not in lane.ids and self._count < TRACKED:
            lane.ids[id] = seq
            self._count += 1

    def stored(self, conversation: str, id: str) -> None:
        """The log has it: whatever the broker forgets, its recipient gets it."""
        lane = self._lanes.get(conversation)
        if lane is not None and id in lane.ids:
            lane.stored.add(id)

    def confirmed(self, conversation: str, id: str, now: float) -> None:
        """A device of the recipient has it. When a whole page is confirmed, somebody is there: the next one is due."""
        lane = self._lanes.get(conversation)
        if lane is not None and id in lane.ids:
            lane.confirmed.add(id)
            _progress(lane, id, now)

    def not_stored(self) -> list[str]:
        """What only the broker has, if it has not forgotten it."""
        return [id for lane in self._lanes.values() for id in lane.ids if id not in lane.stored]

    def settle(self, conversation: str, id: str, now: float) -> None:
        """Confirmed and stored, or given up."""
        lane = self._lanes.get(conversation)
        if lane is None or lane.ids.pop(id, None) is None:
            return
        self._count -= 1
        lane.stored.discard(id)
        lane.confirmed.discard(id)
        if not lane.ids:
            del self._lanes[conversation]
        else:
            _progress(lane, id, now)

    def hasten(self, conversation: str, due: float) -> None:
        """The recipient has come: what the broker kept for them is confirmed soon, the rest is due at *due*."""
        lane = self._lanes.get(conversation)
        if lane is not None:
            lane.due, lane.offers = min(lane.due, due), 0

    def all_due(self, now: float) -> None:
        """The broker has forgotten our session: it may have lost everything."""
        for lane in self._lanes.values():
            lane.due, lane.offers = now, 0

    def due(self, now: float, jitter: float) -> list[str]:
        """Ids of one page to offer again now, oldest first; empty when there is none."""
        for lane in self._lanes.values():
            if lane.due <= now:
                page = _oldest(lane)
                lane.offered = set(page)
                lane.offers += 1
                lane.due = now + backoff.reoffer(lane.offers, jitter)
                if page:
                    return page
        return []


def _progress(lane: _Lane, id: str, now: float) -> None:
    if id in lane.offered:
        lane.offered.discard(id)
        if not lane.offered:
            lane.due, lane.offers = now, 0


def _oldest(lane: _Lane) -> list[str]:
    return sorted(lane.ids.keys() - lane.confirmed, key=lane.ids.__getitem__)[:PAGE]
