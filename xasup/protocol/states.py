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


def settled(state: State) -> bool:
    """True when the outbox may forget the message."""
    return state in (State.DELIVERED, State.READ, State.REFUSED)
