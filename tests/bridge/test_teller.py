"""Senders are told in lists: few events for many messages, and never more than the bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bridge.pressure import MAX_RECORDS, Pressure, receive_maximum
from bridge.teller import BATCH, MOST, SHARE, TICK, UNDER_WAY, Teller
from xasup.protocol.errors import Malformed, Unavailable, XasupError
from xasup.wire.log.port import Position
from xasup.wire.mqtt import Done


@dataclass
class Post:
    """Answers each event with *answer*."""

    answer: XasupError | None = None
    outstanding: int = 0
    sent: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def publish_with(self, topic: str, payload: bytes, done: Done, *, retain: bool = False) -> None:
        self.sent.append((topic, json.loads(payload)))
        done(self.answer)


@dataclass
class Hand:
    """A clock that goes on by *step* whenever somebody looks."""

    step: float = 0.0
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Desk:
    def __init__(self, answer: XasupError | None = None, step: float = 0.0) -> None:
        self.post, self.clock = Post(answer), Hand(step)
        self.said: list[tuple[int, bool]] = []
        self.teller = Teller(self.post, self.clock, lambda count, taken: self.said.append((count, taken)))

    def store(self, sender: str, ids: Sequence[str]) -> None:
        for number, id in enumerate(ids):
            self.teller.stored(sender, id, Position(0, f"1-{number}"))


async def test_one_event_for_all_of_a_sender() -> None:
    desk = Desk()
    desk.store("alice", ["m1", "m2"])
    desk.store("bob", ["m1"])
    desk.teller.stop()
    (topic, event), (other, _) = desk.post.sent
    assert (topic, other) == ("xasup/v1/u/alice/event/bridge", "xasup/v1/u/bob/event/bridge")
    assert event == {
        "event": "stored",
        "stream": "xasup.messages",
        "ids": ["m1", "m2"],
        "positions": ["0/1-0", "0/1-1"],
    }
    assert desk.said == [(2, True), (1, True)]


async def test_a_long_list_is_cut() -> None:
    desk = Desk()
    desk.store("alice", [f"m{number}" for number in range(BATCH + 1)])
    desk.teller.stop()
    assert [len(event["ids"]) for _, event in desk.post.sent] == [BATCH, 1]  # type: ignore[arg-type]


async def test_a_dead_letter_is_told_with_its_code() -> None:
    desk = Desk()
    desk.teller.rejected("alice", "m1", "t", Malformed("text: expected"))
    desk.teller.stop()
    ((_, event),) = desk.post.sent
    expected = {"event": "rejected", "id": "m1", "topic": "t", "code": "malformed", "reason": "text: expected"}
    assert event == expected


async def test_what_waits_is_bounded_and_the_rest_is_counted() -> None:
    desk = Desk()
    desk.store("alice", ["m"] * (MOST + 3))
    assert desk.said == [(1, False)] * 3


async def test_a_connection_that_is_gone_is_counted_and_nothing_waits_for_it() -> None:
    desk = Desk(answer=Unavailable("gone"))
    desk.store("alice", ["m1", "m2"])
    desk.teller.stop()
    assert desk.said == [(2, False)]


async def test_the_first_is_told_at_once_and_the_next_after_a_pause_that_grows_with_the_work() -> None:
    desk = Desk()
    desk.store("alice", ["m1"])
    assert desk.teller.pause() == 0
    desk.teller.soon()
    await _until(lambda: len(desk.post.sent) == 1)
    assert desk.teller.pause() == TICK
    desk.clock.step = 1.0  # a round takes that long
    desk.store("alice", ["m2"])
    desk.teller.soon()
    await _until(lambda: len(desk.post.sent) == 2)
    assert desk.teller.pause() == SHARE * 1.0 - 1.0


async def test_while_the_broker_does_not_keep_up_lists_grow_instead_of_events() -> None:
    desk = Desk()
    desk.post.outstanding = UNDER_WAY
    desk.store("alice", ["m1"])
    desk.teller.soon()
    await asyncio.sleep(5 * TICK)
    assert desk.post.sent == []
    desk.post.outstanding = 0
    await _until(lambda: len(desk.post.sent) == 1)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0)


def test_the_window_follows_the_latency_of_the_log() -> None:
    assert receive_maximum(0.005) == 2015
    assert receive_maximum(0.005) < receive_maximum(0.02) < receive_maximum(10) < MAX_RECORDS


def test_pressure_holds_at_its_bound_and_lets_go_at_half() -> None:
    pressure = Pressure()
    pressure.add(MAX_RECORDS, 0)
    assert pressure.hold(up=True)
    pressure.remove(MAX_RECORDS // 2, 0)
    assert pressure.hold(up=True)
    pressure.remove(1, 0)
    assert not pressure.hold(up=True)


def test_with_nothing_pending_one_more_read_is_taken_though_the_log_is_away() -> None:
    assert not Pressure().hold(up=False)
