"""The habits on which the bridge's promises rest, each replaceable, so that a test can break one and see its check turn
red."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 100_000  # messages that are recognised when they come again; about 50 MB (docs/decisions/0020)


@dataclass(frozen=True, slots=True)
class Habits:
    """*early_ack*: thanks the broker before the log has it (never do); *window*: how many messages are recognised when
    they come again, 0: none (never do)."""

    early_ack: bool = False
    window: int = WINDOW
