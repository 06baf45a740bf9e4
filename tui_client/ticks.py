"""The marks behind my own messages, as a table: from it come the conversation, the legend in the help and the manual.

Each mark differs from the others without colour.
"""

from __future__ import annotations

from typing import NamedTuple

from tui_client.spans import Role
from xasup.protocol.states import State


class Tick(NamedTuple):
    """*mark*: drawn behind the text; *meaning*: for the legend."""

    mark: str
    role: Role
    meaning: str


TICKS: dict[State, Tick] = {
    State.SENDING: Tick("…", Role.DIM, "sending: in the outbox of this device; it goes out by itself"),
    State.SENT: Tick("✓", Role.TICK, "sent: the broker has it"),
    State.STORED: Tick("✓ stored", Role.TICK, "stored: the log has it, so it cannot be lost (in a group it stays so)"),
    State.DELIVERED: Tick("✓✓", Role.TICK, "delivered: a device of the recipient has it"),
    State.READ: Tick("✓✓ read", Role.GOOD, "read: it was on the recipient's screen"),
    State.REFUSED: Tick("✗", Role.BAD, "refused, with the reason; it can be retried or discarded"),
}
