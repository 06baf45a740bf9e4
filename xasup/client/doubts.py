"""What a refused publish means. The PUBACK says only "no" (0x87); the reason comes beside it, in `event/broker`, at
most once a second. Pure: decides whether a message is refused for good, to be tried again, or waits for the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from xasup.client.outbox import Parcel
from xasup.protocol.access import Reason

PATIENCE = 0.3  # seconds to wait for the reason
FRESH = 1.5  # seconds for which a reason holds for the same conversation
RETRY = 1.2  # seconds; by then the broker may speak again
MAX_DOUBTS, REMEMBERED = 3, 1000
PASSING = frozenset({Reason.TOO_FAST, Reason.DIRECTORY_UNAVAILABLE, Reason.DEVICE_INVALID})


@dataclass(frozen=True, slots=True)
class Refusal:
    """For good: a person must act."""

    parcel: Parcel
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """Not the message's fault: offer it again after *wait* seconds."""

    parcel: Parcel
    wait: float


Ruling = Refusal | Again


@dataclass(slots=True)
class Doubts:
    """Parcels whose reason is not known yet, and reasons heard lately, by conversation."""

    _open: dict[str, tuple[Parcel, float]] = field(default_factory=dict)
    _heard: dict[str, tuple[str, float]] = field(default_factory=dict)
    _slow_until: float = 0.0

    def refused(self, parcel: Parcel, now: float) -> list[Ruling]:
        """A PUBACK said no. Empty: the reason is still awaited."""
        self._open[parcel.id] = (parcel, now)
        reason, at = self._heard.get(parcel.conversation, ("", -FRESH))
        if now - at < FRESH:
            return self._rule(parcel.conversation, reason)
        return self._rule(parcel.conversation, Reason.TOO_FAST) if now < self._slow_until else []

    def heard(self, conversation: str, reason: str, now: float) -> list[Ruling]:
        """The broker's reason, for a message or a receipt to *conversation*: both hang on the same permission."""
        if len(self._heard) >= REMEMBERED:
            self._heard.clear()
        self._heard[conversation] = (reason, now)
        if reason in PASSING:
            self._slow_until = now + FRESH
        return self._rule(conversation, reason)

    def overdue(self, now: float) -> list[Ruling]:
        """No reason came in time: try again when the broker may speak again; in the end take the no for what it is.

        Before believing this, make sure that the broker lets anything pass at all: a broker that cannot read its
        directory says no to everything, and cannot give a reason either.
        """
        late = [parcel for parcel, since in self._open.values() if now - since >= PATIENCE]
        return [self._without_reason(parcel) for parcel in late]

    def settle(self, id: str) -> None:
        """Delivered or discarded meanwhile."""
        self._open.pop(id, None)

    def forget(self) -> list[Parcel]:
        """The connection is gone: what was open goes back."""
        parcels = [parcel for parcel, _ in self._open.values()]
        self._open.clear()
        return parcels

    @property
    def any(self) -> bool:
        return bool(self._open)

    def _rule(self, conversation: str, reason: str) -> list[Ruling]:
        about = [parcel for parcel, _ in self._open.values() if parcel.conversation == conversation]
        return [self._with_reason(parcel, reason) for parcel in about]

    def _with_reason(self, parcel: Parcel, reason: str) -> Ruling:
        del self._open[parcel.id]
        return Again(parcel, RETRY) if reason in PASSING else Refusal(parcel, reason)

    def _without_reason(self, parcel: Parcel) -> Ruling:
        del self._open[parcel.id]
        if parcel.doubts + 1 < MAX_DOUBTS:
            return Again(replace(parcel, doubts=parcel.doubts + 1), RETRY)
        group = parcel.conversation.startswith("g:")
        return Refusal(parcel, Reason.NOT_MEMBER if group else Reason.NOT_ACCEPTED)


def before(ruling: Ruling) -> Parcel:
    """As it was before overdue() ruled: the ruling is not believed, so this time does not count."""
    match ruling:
        case Again(parcel):
            return replace(parcel, doubts=parcel.doubts - 1)
        case Refusal(parcel):
            return parcel
