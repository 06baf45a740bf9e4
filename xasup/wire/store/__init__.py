"""What one device keeps: a port, and SQLite behind it (a file, or memory for tests)."""

from xasup.wire.store.blank import BlankStore
from xasup.wire.store.lock import holder
from xasup.wire.store.port import DeviceStore
from xasup.wire.store.rows import (
    Arrival,
    ContactRow,
    Draft,
    GroupRow,
    Lane,
    Line,
    News,
    RequestRow,
    Task,
    Thread,
    TraitsRow,
)
from xasup.wire.store.sqlite import SqliteStore, open_beside, open_file, open_memory

__all__ = [
    "Arrival",
    "BlankStore",
    "ContactRow",
    "DeviceStore",
    "Draft",
    "GroupRow",
    "Lane",
    "Line",
    "News",
    "RequestRow",
    "SqliteStore",
    "Task",
    "Thread",
    "TraitsRow",
    "holder",
    "open_beside",
    "open_file",
    "open_memory",
]
