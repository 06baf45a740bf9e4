"""Follows the changes of the truth into the log: who decided what about whom. At least once.

Its position is stored behind the appends, and keeps the stream of changes from being trimmed before. Refuses to know:
what a change does to the directory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bridge.sorter import rfc3339
from xasup.protocol import changes, codec
from xasup.protocol.changes import Change
from xasup.protocol.errors import Malformed, Unavailable
from xasup.protocol.streams import SPEC_VERSION, Header, Stream, Type
from xasup.wire.log.port import Log, Record
from xasup.wire.truth import tables
from xasup.wire.truth.port import START, Cell, ChangeEntry, Gap, Step, Truth

log = structlog.get_logger()

NAME = Cell(tables.POSITIONS, "bridge")
READ = 500  # changes at a time
WAIT = 5.0  # seconds to wait for one
AGAIN = 0.5  # seconds before the truth is asked again


def record(position: str, change: Change, node: str, ms: int) -> Record:
    """As it stands in the log. Without its edits: they hold hashes of tokens."""
    fields = {"what": change.what, "by": change.by, "ts": change.ts, "subject": change.subject}
    owner = change.subject[0] if change.subject else change.by
    headers = [
        (str(Header.SPEC), SPEC_VERSION.encode()),
        (str(Header.SOURCE), node.encode()),
        (str(Header.TYPE), Type.DECISION.encode()),
        (str(Header.FROM), change.by.encode()),
        (str(Header.TO), owner.encode()),
        (str(Header.ID), position.encode()),
        (str(Header.TIME), rfc3339(ms)),
    ]
    return Record(str(Stream.CONTACTS), owner.encode(), codec.encode(fields), headers)


async def follow(truth: Truth, target: Log, node: str, now: Callable[[], int], done: Callable[[int], None]) -> None:
    """For ever. *now*: milliseconds since the epoch; *done* is told how many were appended. Raises Fatal."""
    after = ""
    while True:
        try:
            after = after or await _begin(truth)
            entries = await truth.changes(after, READ, WAIT)
        except Unavailable as error:
            log.warning("changes cannot be read", reason=str(error))
            await asyncio.sleep(AGAIN)
            continue
        except Gap as error:
            log.error("decisions are missing from the log", after=after, reason=str(error))  # noqa: TRY400 - expected
            after = await _newest(truth)
            continue
        if entries:
            records = _records(entries, node, now())
            await target.append(records)
            after = entries[-1].position
            await _store(truth, after)
            done(len(records))


def _records(entries: Sequence[ChangeEntry], node: str, ms: int) -> list[Record]:
    records = []
    for entry in entries:
        try:
            records.append(record(entry.position, changes.decode(entry.change), node, ms))
        except Malformed as error:
            log.error("a change cannot be read", position=entry.position, reason=str(error))  # noqa: TRY400 - expected
    return records


async def _begin(truth: Truth) -> str:
    stored = (await truth.get([NAME]))[0]
    return stored.decode() if stored is not None else START


async def _newest(truth: Truth) -> str:
    try:
        return await truth.last_position()
    except Unavailable:
        await asyncio.sleep(AGAIN)
        return ""


async def _store(truth: Truth, position: str) -> None:
    try:
        await truth.commit(Step(put={NAME: position.encode()}))
    except Unavailable as error:
        log.warning("the position cannot be stored", reason=str(error))  # what follows comes once more after a restart
