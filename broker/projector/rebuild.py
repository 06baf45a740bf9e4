"""A whole new directory from the tables of the truth, while the old one goes on serving.

What is scanned may already be newer than the position noted before; the changes since then are applied once more on
top, and since edits carry states, the end of it is right. Refuses to know: why a new one is wanted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import structlog

from xasup.protocol import changes
from xasup.protocol.directory import Edit
from xasup.protocol.errors import Malformed
from xasup.protocol.records import edits_of
from xasup.wire.directory import DirectoryWriter
from xasup.wire.truth import tables
from xasup.wire.truth.port import ChangeEntry, Truth, position_key

log = structlog.get_logger()
_OWNERS = 64  # whose tables are read at the same time
_CELLS = 20_000  # of one transaction
_PAGE = 1000
_ENTRIES = 1000  # of the stream

_Cell = tuple[bytes, bytes]


def edits_in(entries: Iterable[ChangeEntry]) -> list[Edit]:
    """The edits of changes, in order. Raises Malformed naming the position of the one that cannot be read."""
    edits: list[Edit] = []
    for entry in entries:
        try:
            edits += changes.decode(entry.change).edits
        except Malformed as error:
            raise Malformed(f"change at {entry.position}: {error}") from None
    return edits


async def rebuild(truth: Truth, writer: DirectoryWriter) -> str:
    """Returns the position that the new directory stands at. Raises Unavailable, Gap, Malformed: the old one stays."""
    position = await truth.last_position()
    count = 0
    log.info("rebuilding the directory", position=position)
    with writer.rebuilding() as building:
        async for cells in _batches(_cells(truth)):
            building.fill(sorted(cells))
            count += len(cells)
            log.info("rebuilding the directory", cells=count)
        end = position_key(await truth.last_position())
        while position_key(position) < end:
            entries = await truth.changes(position, _ENTRIES, 0)
            building.write(edits_in(entries))
            position = entries[-1].position
        building.finish(position)
    log.info("directory rebuilt", cells=count, position=position)
    return position


async def _cells(truth: Truth) -> AsyncIterator[list[_Cell]]:
    """What the broker must know, from all tables, some of it at a time."""
    async for users in _pages(truth, tables.USERS, _OWNERS):
        yield _known(tables.USERS, users)
        async for cells in _tables(truth, [tables.devices(user) for user, _ in users]):
            yield cells
        async for cells in _tables(truth, [tables.contacts(user) for user, _ in users]):
            yield cells
    async for groups in _pages(truth, tables.GROUPS, _OWNERS):
        async for cells in _tables(truth, [tables.members(group) for group, _ in groups]):
            yield cells


async def _tables(truth: Truth, names: list[str]) -> AsyncIterator[list[_Cell]]:
    """Their first pages all at once, since most have no more."""
    firsts = await asyncio.gather(*(truth.page(name, "", _PAGE) for name in names))
    for name, (page, after) in zip(names, firsts, strict=True):
        yield _known(name, page)
        if after:
            async for more in _pages(truth, name, _PAGE, after):
                yield _known(name, more)


async def _pages(truth: Truth, table: str, size: int, after: str = "") -> AsyncIterator[list[tuple[str, bytes]]]:
    page, after = await truth.page(table, after, size)
    yield page
    while after:
        page, after = await truth.page(table, after, size)
        yield page


async def _batches(parts: AsyncIterator[list[_Cell]]) -> AsyncIterator[list[_Cell]]:
    """The same in lists long enough for a transaction."""
    batch: list[_Cell] = []
    async for part in parts:
        batch += part
        if len(batch) >= _CELLS:
            yield batch
            batch = []
    yield batch


def _known(table: str, page: list[tuple[str, bytes]]) -> list[_Cell]:
    """A cell that cannot be read counts as absent, which the broker takes for a no."""
    cells: list[_Cell] = []
    for field, value in page:
        try:
            edits = edits_of([((table, field), value)])
        except Malformed as error:
            log.warning("cell cannot be read and opens nothing", table=table, field=field, reason=str(error))
            continue
        cells += ((edit.key, edit.value) for edit in edits if edit.value is not None)
    return cells
