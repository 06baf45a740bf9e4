"""What history keeps, by who may see it. A port; memory, SQLite."""

from __future__ import annotations

from xasup.wire.mailboxes.memory import MemoryMailboxes
from xasup.wire.mailboxes.port import (
    MAX_COUNT,
    Batch,
    Entry,
    Kept,
    Letter,
    Lookup,
    Mailboxes,
    Membership,
    Page,
    Sight,
    Standing,
    Wanted,
)
from xasup.wire.mailboxes.sqlite import SqliteMailboxes, open_file, open_lookup

__all__ = [
    "MAX_COUNT",
    "Batch",
    "Entry",
    "Kept",
    "Letter",
    "Lookup",
    "Mailboxes",
    "Membership",
    "MemoryMailboxes",
    "Page",
    "Sight",
    "SqliteMailboxes",
    "Standing",
    "Wanted",
    "open_file",
    "open_lookup",
]
