"""The consumer on the real logs: in shards or in one stream, from any place on, all of it and once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from history import consumer
from history.consumer import NAME, STREAMS, Consumer
from history.horizon import Horizon
from history.metrics import Metrics
from history.shelf import Shelf
from tests.history.scribe import membership, message, no_bridge, receipt, write
from tests.support import log as logs
from tests.support import mailboxes
from tests.support.kafka import KafkaServer
from tests.support.log import PATIENCE, Subject
from tests.support.redis import RedisServer
from xasup.protocol.ids import UserId
from xasup.wire.log.port import Log
from xasup.wire.mailboxes import Batch, Kept, SqliteMailboxes, Standing

PEOPLE = [f"p{number}" for number in range(8)]
COUNT = 600


@pytest.fixture(params=["redis", pytest.param("kafka", marks=pytest.mark.xdist_group("kafka"))])
def subject(request: pytest.FixtureRequest) -> Subject:
    server: RedisServer | KafkaServer = request.getfixturevalue(request.param)
    prefix = server.prefix() if isinstance(server, KafkaServer) else ""
    return logs.at_url(request.param, server.url, prefix)


async def test_stopped_again_and_again_it_takes_all_once(
    subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "_BATCH", 40)
    path = tmp_path / "h.sqlite"
    async with subject.open() as log:
        pairs = [(PEOPLE[n % 8], PEOPLE[(n // 8 + n + 1) % 8]) for n in range(COUNT)]
        records = [message(one, other, f"m{n}", 1000 + n) for n, (one, other) in enumerate(pairs)]
        await write(log, *records, *records[::7])  # what a bridge that lost its memory would repeat
        await write(log, *(receipt(other, one, read=[f"m{n}"], at=5000) for n, (one, other) in enumerate(pairs)))
        for _ in range(3):
            await follow(log, path, batches=3)
        await follow(log, path)
        boxes = mailboxes.sqlite(path)
        for person in PEOPLE:
            pages = mailboxes.pages(boxes, person, limit=500)
            found = [entry.at for page in pages for entry in page.entries if "/msg/" in entry.topic]
            assert sorted(found) == [1000 + n for n, pair in enumerate(pairs) if person in pair]
        assert boxes.standing(UserId("p0"), UserId("p0"), "m0") == Standing(1000, pairs[0][1], 0, 5000)
        cursor = boxes.cursor()
        assert await log.committed(NAME) == cursor
        assert {shard.stream for shard in cursor} == set(STREAMS)
        boxes.close()


async def test_the_order_in_a_group_decides_who_sees_what(subject: Subject, tmp_path: Path) -> None:
    async with subject.open() as log:
        for number in range(5):
            group, at = f"g{number}", 1000 * number
            await write(
                log, message("p0", f"g:{group}", f"{group}.1", at + 1), membership("p1", group, "member", at + 2)
            )
            await write(log, message("p0", f"g:{group}", f"{group}.2", at + 3), membership("p1", group, "none", at + 4))
            await write(log, message("p0", f"g:{group}", f"{group}.3", at + 5))
        await follow(log, tmp_path / "h.sqlite")
    boxes = mailboxes.sqlite(tmp_path / "h.sqlite")
    found = mailboxes.seen(boxes, "p1")
    assert sorted(found) == sorted(f"p0:{1000 * number + 3}" for number in range(5))
    boxes.close()


async def follow(log: Log, path: Path, batches: int = 1 << 30) -> None:
    """For some batches, or to the end; then the log is told."""
    shelf = Stopping(mailboxes.sqlite(path), batches)
    following = Consumer(log, shelf, Metrics(asyncio.get_running_loop().time))
    work = asyncio.create_task(following.run())
    async with asyncio.timeout(PATIENCE):
        ends = [
            asyncio.create_task(following.reached(await Horizon(log, no_bridge).now())),
            asyncio.create_task(shelf.full.wait()),
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        await following._commit()
    for task in (work, *ends):
        task.cancel()
    await asyncio.wait([work, *ends])
    shelf.close()
    shelf.boxes.close()


class Stopping(Shelf):
    """Keeps some batches, and then none."""

    def __init__(self, boxes: SqliteMailboxes, batches: int) -> None:
        super().__init__(boxes)
        self.boxes, self._left, self.full = boxes, batches, asyncio.Event()

    async def keep(self, batch: Batch) -> Kept:
        if self._left == 0:
            self.full.set()
            await asyncio.Event().wait()
        self._left -= 1
        return await super().keep(batch)
