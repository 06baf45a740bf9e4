"""What a bridge recognises after a restart, from the log's tail; the log in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bridge import tail
from bridge.sorter import Sorter
from bridge.ways import Ways
from bridge.window import Window
from tests.bridge.envelopes import body, delivery
from xasup.protocol import topics
from xasup.protocol.ids import GroupId, UserId
from xasup.protocol.streams import Stream
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Extent, Position, Record, Shard

TO_BOB = topics.message(UserId("bob"), UserId("alice"))
SHARD = Shard(Stream.MESSAGES, 0)


async def append(log: MemoryLog, *ids: str) -> None:
    sorter = Sorter(Ways("here"), Window(0), lambda ms: "given")
    await log.append(sorter.sort([delivery(TO_BOB, body(id)) for id in ids], 0, 0.0).records)


async def test_what_is_in_the_log_is_recognised_and_what_is_older_than_the_window_is_not() -> None:
    log = MemoryLog()
    await append(log, "m1", "m2", "m3")
    await log.append([Record(Stream.MESSAGES, b"k", b"somebody else's")])
    window = await tail.rebuild(log, 2, await tail.end(log, 0))
    assert len(window) == 2
    assert window.find("alice/m1") is None
    known = window.find("alice/m3")
    assert known is not None
    assert known.position == Position(0, "3")
    again = Sorter(Ways("here"), window, lambda ms: "given").sort([delivery(TO_BOB, body("m3"))], 0, 0.0)
    assert len(again.repeated) == 1, "its content is known too"


async def test_of_an_empty_log_nothing_is_known() -> None:
    log = MemoryLog()
    assert len(await tail.rebuild(log, 10, await tail.end(log, 0))) == 0
    group = topics.group_message(GroupId("hikers"), UserId("alice"))
    assert Sorter(Ways("h"), Window(1), lambda ms: "g").sort([delivery(group, b"x")], 0, 0.0).records


async def test_the_end_is_that_which_has_stood_still() -> None:
    class Moving(MemoryLog):
        """Another bridge appends, for a while."""

        looks = 0

        async def extent(self, stream: str) -> dict[Shard, Extent]:
            self.looks += 1
            if self.looks < 4:
                await append(self, f"m{self.looks}")
            return await super().extent(stream)

    assert await tail.end(Moving(), quiet=0.2) == {SHARD: "3"}


async def test_a_log_that_is_trimmed_meanwhile_is_no_reason_to_wait() -> None:
    class Trimming(MemoryLog):
        async def before_end(self, stream: str, count: int) -> Mapping[Shard, str]:
            self._streams[stream].trim(2)
            return {}

    log = Trimming()
    await append(log, "m1", "m2")
    async with asyncio.timeout(5):
        assert len(await tail.rebuild(log, 10, await tail.end(log, 0))) == 0
