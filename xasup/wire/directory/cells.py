"""The cells of the directory as they lie in the file, in a transaction of the caller: each with a seal, all with a sum.

A file may be damaged so that each cell is good, and some are missing or of yesterday: then the sum is wrong. Refuses to
know: files, maps, what keys mean. All functions raise Malformed for a cell whose seal is broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xasup.protocol.directory import META, META_APPLIED, META_SUM, Edit, seal, sealed, unsealed

if TYPE_CHECKING:
    from lmdb import Transaction as LmdbTransaction

    Transaction = LmdbTransaction[bytes]

_SUM = 8  # bytes


def value(txn: Transaction, key: bytes) -> bytes | None:
    """None where there is no such key."""
    data = txn.get(key)
    return None if data is None else unsealed(key, data)


def total(txn: Transaction) -> bytes:
    """What the sum should be: all cells are looked at."""
    return _spell(sum(seal(key, unsealed(key, data)) for key, data in txn.cursor() if not key.startswith(META)))


def put(txn: Transaction, edits: Iterable[Edit], position: str | None) -> None:
    """All of *edits*, and the position that they bring it to. Where there is a sum already, it follows."""
    told = value(txn, META_SUM)
    changed = int.from_bytes(told or b"", "little")
    for edit in edits:
        before = value(txn, edit.key)
        if not edit.key.startswith(META):
            changed += _seal(edit.key, edit.value) - _seal(edit.key, before)
        if edit.value is not None:
            txn.put(edit.key, sealed(edit.key, edit.value))
        elif before is not None:
            txn.delete(edit.key)
    if told is not None:
        txn.put(META_SUM, sealed(META_SUM, _spell(changed)))
    if position is not None:
        txn.put(META_APPLIED, sealed(META_APPLIED, position.encode()))


def add(txn: Transaction, cells: Iterable[tuple[bytes, bytes]], append: bool) -> None:
    """Many at once, into a file without a sum. Raises ValueError where *append* is asked for and they are not sorted,
    and behind those that are there."""
    many = [(key, sealed(key, value)) for key, value in cells]
    with txn.cursor() as cursor:
        _, added = cursor.putmulti(many, append=append)
    if append and added != len(many):
        raise ValueError("cells to append must be sorted, and behind those that are there")


def _spell(number: int) -> bytes:
    return (number % (1 << 8 * _SUM)).to_bytes(_SUM, "little")


def _seal(key: bytes, value: bytes | None) -> int:
    return 0 if value is None else seal(key, value)
