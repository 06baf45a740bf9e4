"""`history`: messages out of the log in Redis into the mailboxes in SQLite, and pages of 100 out of a large store.

Ours is what the service does: read, parse, sort into mailboxes, once by id, a batch and its place in one transaction.
The peer is what one would write first: the same rows, ready in memory, `executemany` into one table with a unique
index, 500 a transaction; it reads no log, and knows no mailboxes. Both in WAL mode with `synchronous = FULL`.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing as closed
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from history import answers
from history.consumer import Consumer
from history.horizon import Horizon
from history.metrics import Metrics
from history.position import DIGITS
from history.shelf import shelved
from history.sorting import sort
from tests.bench.rounds import Contest, Rounds, Sample, closing
from tests.history import scribe
from tests.support.redis import running_redis
from xasup import __version__
from xasup.protocol import codec, events
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId, uuid7
from xasup.wire.log import open_log
from xasup.wire.log.port import Record
from xasup.wire.mailboxes import Batch, SqliteMailboxes, Wanted, open_file

ROWS, APPENDED, BATCH = 500, 1000, 4000  # rows of the peer's transactions; records of an append; of a batch
PAGES = 1000
TEXT = "x" * 60  # makes a message of about 150 bytes


def run(
    folder: Path,
    contest: Contest,
    rounds: int = 5,
    messages: int = 100_000,
    stored: int = 1_000_000,
    size: int = 1000,
) -> dict[str, Any]:
    """*messages*: consumed in each round; *stored*: in the store that pages come from; *size*: users."""
    if shutil.which("redis-server") is None:
        raise Unavailable("redis-server is missing: apt-get install redis-server")
    names = itertools.count()
    with running_redis() as redis:
        records = list(written(messages, size))
        asyncio.run(_append(redis.url, records))
        rows, batches = _rows(records), _batches(records)
        gc.collect()
        gc.freeze()  # as the service does; and what the bench holds ready is not to be looked at again and again

        def ours() -> Sample:
            return uvloop.run(_consume(redis.url, folder / f"ours-{next(names)}", messages))

        contest.say("log to mailboxes:")
        consumed = contest.alternate(
            ours, lambda: _plain(folder / f"peer-{next(names)}", rows), rounds, "rate", "msg/s"
        )
    contest.say("into mailboxes alone, against the same peer:")
    kept = contest.alternate(
        lambda: _keep(folder / f"kept-{next(names)}", batches, messages),
        lambda: _plain(folder / f"peer-{next(names)}", rows),
        rounds,
        "rate",
        "msg/s",
    )
    pages = _pages(folder / "large", stored, size, contest)
    return closing("history", "rate", "messages/s", consumed, _tells(consumed, kept, pages, size))


def written(count: int, users: int, first: int = 0) -> Iterator[Record]:
    """Messages between *users*, each of whom writes to some of the others."""
    dice = random.Random(first)
    for number in range(first, first + count):
        at = scribe.NOW + number // 20
        sender = dice.randrange(users)
        to = (sender + 1 + dice.randrange(20)) % users
        yield scribe.message(f"user{sender}", f"user{to}", uuid7(at, dice.getrandbits(74)), at, TEXT)


async def _append(url: str, records: Sequence[Record]) -> None:
    async with open_log(url) as log:
        for start in range(0, len(records), APPENDED):
            await log.append(records[start : start + APPENDED])


async def _consume(url: str, folder: Path, messages: int) -> Sample:
    boxes = open_file(folder / "h.sqlite", lambda: "0" * DIGITS)
    metrics = Metrics(time.monotonic)
    async with shelved(boxes) as shelf, open_log(url) as log:
        consumer, end = Consumer(log, shelf, metrics), await Horizon(log, scribe.no_bridge).now()
        begun, spent = time.monotonic(), time.process_time()
        task = asyncio.create_task(consumer.run())
        await consumer.reached(end)
        sample = _sample(messages, begun, spent)
        task.cancel()
        await asyncio.wait([task])
        if metrics.facts()["letters"] != messages:
            raise Unavailable(f"the figure is worth nothing: {metrics.facts()}")
    shutil.rmtree(folder)
    return sample


def _keep(folder: Path, batches: Sequence[Batch], messages: int) -> Sample:
    with closed(open_file(folder / "h.sqlite", lambda: "0" * DIGITS)) as boxes:
        begun, spent = time.monotonic(), time.process_time()
        kept = sum(boxes.keep(batch).letters for batch in batches)
        sample = _sample(messages, begun, spent)
    if kept != messages:
        raise Unavailable(f"the figure is worth nothing: {kept} of {messages} were kept")
    shutil.rmtree(folder)
    return sample


def _plain(folder: Path, rows: Sequence[tuple[Any, ...]]) -> Sample:
    folder.mkdir()
    with closed(sqlite3.connect(folder / "plain.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE messages (id TEXT, sender TEXT, topic TEXT, at INTEGER, log TEXT, payload BLOB)")
        db.execute("CREATE UNIQUE INDEX once ON messages (id, sender)")
        begun, spent = time.monotonic(), time.process_time()
        for start in range(0, len(rows), ROWS):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", rows[start : start + ROWS])
            db.execute("COMMIT")
        sample = _sample(len(rows), begun, spent)
    shutil.rmtree(folder)
    return sample


def _sample(messages: int, begun: float, spent: float) -> Sample:
    took, worked = time.monotonic() - begun, time.process_time() - spent
    return {"rate": messages / took, "us": worked / messages * 1e6}


def _batches(records: Sequence[Record]) -> list[Batch]:
    entries = scribe.read(*records)
    return [sort(entries[start : start + BATCH])[0] for start in range(0, len(entries), BATCH)]


def _rows(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    letters = [letter for batch in _batches(records) for letter in batch.letters]
    return [(it.id, it.topic.rpartition("/")[2], it.topic, it.at, it.log, it.payload) for it in letters]


def _pages(folder: Path, stored: int, users: int, contest: Contest) -> dict[str, Any]:
    """Milliseconds of pages of 100 somewhere in the mailboxes of anybody, spelled and encoded as they are answered."""
    with closed(open_file(folder / "h.sqlite", lambda: "0" * DIGITS)) as boxes:
        contest.say(f"filling a store with {stored:,} messages")
        for first in range(0, stored, BATCH):
            boxes.keep(sort(scribe.read(*written(min(BATCH, stored - first), users, first)))[0])
        size = (folder / "h.sqlite").stat().st_size
        contest.say(f"{PAGES} pages of 100 out of {stored:,} messages:")
        dice = random.Random(stored)
        taken, entries = zip(*(_page(boxes, dice, stored, users) for _ in range(PAGES)), strict=True)
    shutil.rmtree(folder)
    cuts = sorted(taken)
    figures = {"p50_ms": median(cuts), "p99_ms": cuts[int(len(cuts) * 0.99)], "highest_ms": cuts[-1]}
    told = {name: round(seconds * 1000, 3) for name, seconds in figures.items()}
    contest.say(f"  p99  {told['p99_ms']:>12,.2f} ms")
    return {**told, "entries": round(sum(entries) / PAGES, 1), "stored": stored, "file_mib": size >> 20}


def _page(boxes: SqliteMailboxes, dice: random.Random, stored: int, users: int) -> tuple[float, int]:
    wanted = Wanted(UserId(f"user{dice.randrange(users)}"), dice.randrange(max(1, stored // 3)), limit=100)
    begun = time.perf_counter()
    page = boxes.page(wanted)
    codec.encode(events.answer("r", "since", **answers.since(page, boxes.generation, count=False)))
    return time.perf_counter() - begun, len(page.entries)


def _tells(consumed: Rounds, kept: Rounds, pages: dict[str, Any], users: int) -> dict[str, Any]:
    return {
        "users": users,
        "us_per_message": consumed.medians("us", 1),
        "into_mailboxes_alone": {"rate": kept.medians("rate", 0), "us_per_message": kept.medians("us", 1)},
        "page_of_100": pages,
        "versions": {"sqlite": sqlite3.sqlite_version, "xasup": __version__},
    }
