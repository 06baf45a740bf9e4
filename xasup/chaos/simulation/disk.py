"""A device's file on a simulated disk: SQLite in memory, which stays when its process dies, with what was committed.

Refuses to know: what is written.
"""

from __future__ import annotations

from collections import defaultdict

from xasup.protocol.ids import ClientId
from xasup.wire.store import BlankStore, SqliteStore

_PLENTY = 1 << 30  # pages
_spare: dict[ClientId, list[BlankStore]] = defaultdict(list)  # of runs that are over


class Disk:
    """Of one device."""

    def __init__(self, client: ClientId) -> None:
        spare = self._spare = _spare[client]
        self.store = spare.pop() if spare else BlankStore(client)
        self._file = _File(self.store)

    def open(self) -> SqliteStore:
        """As the process that comes next finds it."""
        return self._file

    def full(self, on: bool) -> None:
        """It does not grow any more, or may."""
        self.store.limit(1 if on else _PLENTY)

    def close(self) -> None:
        """The run is over: what was on it is gone."""
        if self.store.wiped():
            self._spare.append(self.store)


class _File(SqliteStore):
    """It can be closed, and is there for the next one."""

    def __init__(self, store: SqliteStore) -> None:
        self.__dict__.update(store.__dict__)

    def close(self) -> None:
        """The disk stays."""
