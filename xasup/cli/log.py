"""`xasup log`: what the durable log holds, as it comes; how full it is and who lags behind; its dead letters."""

from __future__ import annotations

import heapq
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import click

from xasup.cli.dead_letters import dead_letters
from xasup.cli.log_desk import LogDesk, at_log
from xasup.cli.log_lines import SHORT, as_fields, as_text, short
from xasup.cli.log_stats import stats_of
from xasup.cli.since import EXPECTED, parse_since
from xasup.protocol import streams
from xasup.protocol.errors import Malformed
from xasup.protocol.ids import group_id, user_id
from xasup.protocol.streams import Stream
from xasup.runtime.output import Table, emit, say
from xasup.wire.log.port import Cursor, Entry, Shard
from xasup.wire.log.sweep import end_of, sweep

_NEWEST = 20
_PAGE, _WAIT = 500, 3600.0  # records, seconds


@click.group()
def log() -> None:
    """Look into the durable log, and deal with its dead letters.

    \b
    Examples:
      xasup log tail -f
      xasup log stats
      xasup log dead-letters list
    """


log.add_command(dead_letters)


def key_of(conversation: str) -> bytes:
    """Of `alice:bob` in either order, or of `g:hikers`. Raises Malformed."""
    one, colon, other = conversation.partition(":")
    if not colon:
        raise Malformed(f"conversation {conversation[:80]!r}: expected alice:bob, or g:hikers for a group")
    key = streams.group(group_id(other)) if one == "g" else streams.pair(user_id(one), user_id(other))
    return key.encode()


@log.command()
@click.option("--stream", type=click.Choice(list(SHORT)), default="messages", show_default=True, help="Which records.")
@click.option("--conversation", metavar="A:B|g:GROUP", help="Only those of two people, or of a group.")
@click.option("--since", metavar="TIME", help=f"Not older than {EXPECTED}.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option(
    "--limit", type=click.IntRange(min=0), help=f"The newest so many ({_NEWEST}); with --since the first, or all."
)
@at_log
async def tail(
    desk: LogDesk, stream: str, conversation: str | None, since: str | None, follow: bool, limit: int | None
) -> None:
    """Print records of one stream, texts of messages included, oldest first; a line each.

    With --conversation and without --since the whole stream is read.

    \b
    Examples:
      xasup log tail
      xasup log tail --conversation alice:bob --since 10m --follow
      xasup log tail --stream receipts --since 2026-11-26T10:00 --limit 100 --json | jq .headers
    """
    tailing = _Tailing(desk, SHORT[stream], key_of(conversation) if conversation else None)
    if since is not None:
        done = await tailing.first(parse_since(since, datetime.now(UTC)), limit)
    else:
        done = await tailing.newest(_NEWEST if limit is None else limit)
    if follow and not done:
        await tailing.follow()


class _Tailing:
    """Memory: as many records as are printed from the end, and one page."""

    def __init__(self, desk: LogDesk, stream: Stream, key: bytes | None) -> None:
        self._desk, self._stream, self._key = desk, stream, key
        self._taken: dict[Shard, str] = {}

    async def first(self, ms: int, limit: int | None) -> bool:
        """Those from *ms* on, to the end; True when *limit* of them were printed."""
        left = limit
        async for entry in self._sweep(await self._desk.log.at_time([self._stream], ms)):
            if left == 0:
                return True
            self._print(entry)
            left = None if left is None else left - 1
        sys.stdout.flush()
        return left == 0

    async def newest(self, limit: int) -> bool:
        """The last *limit*, by the log's clock. More are to be expected."""
        whole = self._key is not None
        start: Cursor = {} if whole else await self._desk.log.before_end(self._stream, limit)
        order, found = count(), list[tuple[int, int, Entry]]()
        async for entry in self._sweep(start):
            heapq.heappush(found, (entry.at, next(order), entry))
            if len(found) > limit:
                heapq.heappop(found)
        for _, _, entry in sorted(found):
            self._print(entry)
        sys.stdout.flush()
        return False

    async def follow(self) -> None:
        async with self._desk.log.reader([self._stream], self._taken) as reader:
            while True:
                for entry in await reader.read(_PAGE, _WAIT):
                    if self._wanted(entry):
                        self._print(entry)
                sys.stdout.flush()

    async def _sweep(self, after: Cursor) -> AsyncIterator[Entry]:
        end = await end_of(self._desk.log, self._stream)
        self._taken = {**after, **end}
        async for chunk in sweep(self._desk.log, [self._stream], after, end):
            for entry in chunk:
                if self._wanted(entry):
                    yield entry

    def _wanted(self, entry: Entry) -> bool:
        return self._key is None or entry.key == self._key

    def _print(self, entry: Entry) -> None:
        if self._desk.as_json:
            emit(as_fields(entry))
        else:
            say(as_text(entry))


@log.command()
@at_log
async def stats(desk: LogDesk) -> None:
    """Show, for each stream: the oldest and the newest record, how many, how large, and how far each consumer lags.

    LAG is in records that the consumer has not taken the effect of yet. SIZE is about right in Redis; Kafka does not
    tell it: `-`, and null in JSON. FIRST and LAST are by the log's clock.

    \b
    Examples:
      xasup log stats
      xasup log stats --json | jq 'select(.stream == "messages") | .lag'
    """
    table = None
    for stream in Stream:
        found = await stats_of(desk.log, stream)
        if desk.as_json:
            emit(found.fields())
            continue
        table = table or Table([("stream", 12), ("first", 20), ("last", 20), ("records", 10), ("size", 10), ("lag", 1)])
        table.row(short(stream), *found.cells())
