"""The state of a message as its sender sees it, as a table. Late or repeated news never moves a state backwards."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far a message has come."""

    SENDING = "sending"  # in the outbox of this device
    SENT = "sent"  # the broker has it
    STORED = "stored"  # the log has it
    DELIVERED = "delivered"  # a device of the recipient wrote it to its own store
    READ = "read"  # it was on the recipient's screen
    REFUSED = "refused"  # somebody said no, with a reason; only the person may offer it again


# After `refused`, a receipt still counts: an earlier offer of the same message may have been let through.
NEXT: dict[State, frozenset[State]] = {
    State.SENDING: frozenset({State.SENT, State.STORED, State.DELIVERED, State.READ, State.REFUSED}),
    State.SENT: frozenset({State.STORED, State.DELIVERED, State.READ, State.REFUSED}),
    State.STORED: frozenset({State.DELIVERED, State.READ}),
    State.DELIVERED: frozenset({State.READ}),
    State.READ: frozenset(),
    State.REFUSED: frozenset({State.DELIVERED, State.READ}),
}


def advance(now: State, news: State) -> State:
    """The state after *news*; *now* where the news is late, repeated or impossible."""
    return news if news in NEXT[now] else now


_CONFIRMED = (State.DELIVERED, State.READ)


def settled(now: State, news: State) -> bool:
    """True when the outbox may forget a message that is *now*, after *news*: it is refused, or both the log and a
    device of the recipient have it, in whichever order that was heard. Delivered to one device, it is still to be
    brought to the log, for the others."""
    after = advance(now, news)
    if after in _CONFIRMED:
        return now is State.STORED or news in (State.STORED, State.REFUSED)
    return after is State.REFUSED
