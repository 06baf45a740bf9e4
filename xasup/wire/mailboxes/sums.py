"""Sums beside what history keeps: of a letter with its topic, of a membership with its names, of a place in the log.

A row that the disk has changed is then shown to nobody, and opens nothing. Refuses to know: tables.
"""

from __future__ import annotations

import zlib

from xasup.wire.log.port import Shard
from xasup.wire.mailboxes.spans import Span
from xasup.wire.store.faults import Broken


def require(told: int | None, sum: int, what: str) -> None:
    """*told*: the sum that lies beside it, None in rows of a version without. Raises Broken where it is another one."""
    if told is not None and told != sum:
        raise Broken(f"{what} is not what was written")


def of_letter(seq: int, id: str | None, topic: str, at: int, log: str, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(f"{seq}\0{id or ''}\0{topic}\0{at}\0{log}\0".encode()))


def of_membership(user: str, group: str, span: Span) -> int:
    """*user*, *group*: names of mailboxes."""
    return zlib.crc32("\0".join((user, group, *map(str, span))).encode())


def of_offset(shard: Shard, offset: str) -> int:
    return zlib.crc32(f"{shard.stream}\0{shard.number}\0{offset}".encode())
