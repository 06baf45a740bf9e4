"""Appended, acknowledged in order, told: on a log in memory that goes away, fills up and refuses."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import cast

import pytest
from prometheus_client import generate_latest

from bridge.habits import Habits
from bridge.metrics import Metrics
from bridge.mirror import Mirror
from bridge.pressure import MAX_RECORDS
from bridge.sorter import Sorter
from bridge.teller import Teller
from bridge.ways import Ways
from bridge.window import Window
from tests.bridge.early_ack import EARLY_ACK
from tests.bridge.envelopes import body, delivery
from tests.support.log import take
from xasup.protocol import topics
from xasup.protocol.ids import UserId
from xasup.protocol.streams import Header, Stream
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Fatal
from xasup.wire.mqtt import Done
from xasup.wire.mqtt.intake import Delivery

TO_BOB = topics.message(UserId("bob"), UserId("alice"))


@dataclass
class Source:
    """Of deliveries: notes what is said to it, in order. The broker takes every event at once."""

    said: list[int | bool] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    outstanding: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, on: bool) -> None:
        self.said.append(on)

    def acknowledge(self, mids: list[int]) -> None:
        self.said += mids

    def publish_with(self, topic: str, payload: bytes, done: Done, *, retain: bool = False) -> None:
        assert topic == topics.event(UserId("alice"), "bridge")
        self.events.append(json.loads(payload))
        self.told.set()
        done(None)


class Desk:
    def __init__(self, log: MemoryLog | None = None, habits: Habits | None = None) -> None:
        self.log, self.source = log or MemoryLog(), Source()
        self.metrics = Metrics(time.perf_counter)
        teller = Teller(self.source, time.perf_counter, self.metrics.said)
        sorter = Sorter(Ways("here"), Window(100_000), lambda ms: "given")
        self.mirror = Mirror(self.source, self.log, sorter, teller, self.metrics, habits or Habits(), lambda: 0, print)
        self.metrics.at_work(self.mirror)

    def take(self, *payloads: bytes, first: int = 1) -> None:
        self.mirror.take([delivery(TO_BOB, payload, mid) for mid, payload in enumerate(payloads, first)])

    async def events(self, count: int) -> list[dict[str, object]]:
        async with asyncio.timeout(5):
            while len(self.source.events) < count:
                self.source.told.clear()
                await self.source.told.wait()
        return self.source.events

    async def stored(self, count: int) -> list[object]:
        """Ids of so many that senders were told of."""
        found: list[object] = []
        while len(found) < count:
            events = await self.events(len(self.source.events) + 1 if found else 1)
            found = [id for event in events if event["event"] == "stored" for id in cast(list[object], event["ids"])]
        return found


async def test_nothing_is_acknowledged_before_the_log_has_it_and_then_in_order() -> None:
    desk = Desk()
    desk.log.go_away()
    desk.take(body("m1"), body("m2"))
    desk.take(body("m1"), first=3)
    assert [mid for mid in desk.source.said if mid is not True] == []
    desk.log.come_back()
    (event, *_) = await desk.events(1)
    assert [mid for mid in desk.source.said if type(mid) is int] == [1, 2, 3]
    assert event["ids"] == ["m1", "m2", "m1"]
    assert event["positions"] == ["0/1", "0/2", "0/1"]
    assert len(await take(desk.log, 2)) == 2


async def test_a_log_that_is_away_holds_the_source_and_lets_it_go() -> None:
    desk = Desk()
    desk.log.go_away()
    desk.take(body("m1"))
    assert desk.source.said == [True]
    assert desk.metrics.facts()["state"] == "waiting"
    desk.log.come_back()
    await desk.events(1)
    assert desk.source.said == [True, 1, False]
    assert desk.metrics.facts()["state"] == "ok"


async def test_a_full_log_is_told() -> None:
    desk = Desk(MemoryLog(memory_limit=1))
    await desk.log.append([])
    desk.take(body("m1"))
    await asyncio.sleep(0)
    desk.take(body("m2"), first=2)
    assert desk.metrics.facts()["state"] == "full"
    assert desk.source.said[-1] is True


async def test_what_is_pending_is_bounded() -> None:
    desk = Desk()
    pieces = 0
    while True not in desk.source.said:
        desk.take(*(body(f"m{pieces}-{number}") for number in range(1000)))
        pieces += 1
    assert pieces * 1000 == MAX_RECORDS
    await desk.events(1)
    assert [word for word in desk.source.said if type(word) is bool] == [True, False]


async def test_what_the_log_never_takes_becomes_a_dead_letter_before_it_is_acknowledged() -> None:
    log = MemoryLog(refuse=lambda record: "too large" if len(record.value) > 70_000 else "")
    desk = Desk(log)
    large = body("large", "x" * 65_000) + b" " * 10_000
    desk.take(large, body("m2"))
    desk.take(body("m3"), first=3)
    assert await desk.stored(2) == ["m2", "m3"]
    assert desk.source.said == [1, 2, 3]
    assert [entry.headers[Header.ID] for entry in await take(log, 2)] == [b"m2", b"m3"]
    (letter,) = await take(log, 1, stream=Stream.DEAD_LETTERS)
    assert letter.value == large[:65_536]
    assert letter.headers[Header.REASON].decode() == f"too large; the first 65536 of {len(large)} bytes are kept"
    assert [event["id"] for event in desk.source.events if event["event"] == "rejected"] == ["large"]


async def test_a_dead_letter_that_is_refused_as_well_holds_up_nothing() -> None:
    desk = Desk(MemoryLog(refuse=lambda record: "no" if record.stream == Stream.DEAD_LETTERS else ""))
    desk.take(b"{}", body("m2"))
    await desk.events(2)
    assert desk.source.said == [1, 2]


async def test_after_the_log_has_failed_nothing_is_taken_any_more() -> None:
    class Broken(MemoryLog):
        def append(self, records: object) -> asyncio.Future[list[object]]:  # type: ignore[override]  # it fails
            done: asyncio.Future[list[object]] = asyncio.get_running_loop().create_future()
            done.set_exception(Fatal("fenced"))
            return done

    desk = Desk(Broken())
    desk.take(body("m1"))
    with pytest.raises(Fatal):
        await desk.mirror.failed
    desk.take(body("m2"), first=2)
    assert desk.source.said == []


async def test_growth_of_what_the_broker_dropped_is_counted() -> None:
    desk = Desk()
    dropped: list[Delivery] = [(b"$SYS/broker/publish/messages/dropped", b"3", 0)]
    desk.mirror.take(dropped)
    assert desk.metrics.facts()["broker_dropped"] == 3
    assert b"xasup_bridge_broker_dropped_messages 3.0" in generate_latest(desk.metrics.registry)


@pytest.mark.parametrize("early", [False, True])
async def test_a_check_for_early_thanks_can_fail(early: bool) -> None:
    desk = Desk(habits=EARLY_ACK if early else Habits())
    desk.log.go_away()
    desk.take(body("m1"))
    await asyncio.sleep(0)
    assert (1 in [mid for mid in desk.source.said if mid is not True]) is early
