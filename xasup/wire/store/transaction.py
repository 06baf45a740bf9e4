"""One transaction in SQLite: everything that is done in its block, or nothing. A class, since each message costs a few,
and contextlib takes longer than SQLite. Refuses to know: what errors mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from types import TracebackType


class Transaction:
    """*failed* gets what went wrong, and raises what is to be raised, if not the same."""

    __slots__ = ("_db", "_failed")

    def __init__(self, db: sqlite3.Connection, failed: Callable[[BaseException], None]) -> None:
        self._db, self._failed = db, failed

    def __enter__(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._failed(error)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if error is None:
                self._db.execute("COMMIT")
        except BaseException as refused:  # noqa: BLE001 - handed on below
            error = refused
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as refused:
            error = refused
        if error is not None:
            self._failed(error)
