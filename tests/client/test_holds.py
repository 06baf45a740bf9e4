"""What is kept back for a number that is late, on a simulated clock: the moment at which it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from xasup.chaos.simulation.hand import Hand
from xasup.chaos.simulation.loop import Loop
from xasup.chaos.simulation.universe import Universe, running
from xasup.client.arrivals import judge
from xasup.client.gaps import GIVEN_UP
from xasup.client.habits import Habits
from xasup.client.holds import Holds
from xasup.client.journal import Journal
from xasup.client.receive import Taken, take
from xasup.client.sorting import Arrived, Post
from xasup.client.world import World
from xasup.protocol import envelope
from xasup.protocol.envelope import Message
from xasup.protocol.ids import ClientId, MessageId, UserId
from xasup.wire.store import DeviceStore, open_memory

ME, BOB = ClientId.parse("alice:laptop"), UserId("bob")
SLACK = 0.1  # seconds that the disk takes


class House:
    """A device that gets messages of one lane. *shown*: numbers, with when; *asked*: when history was to be asked,
    which it is at once where *history*."""

    def __init__(self, loop: Loop, store: DeviceStore, skew: float, history: bool) -> None:
        self.shown: list[tuple[int, float]] = []
        self.asked: list[float] = []
        self._loop, self._history = loop, history
        world = World(now_ms=lambda: int((loop.time() + skew) * 1000), monotonic=loop.time, thread=lambda: Hand(loop))
        self._world, self._journal = world, Journal(store, world.thread())
        self.holds = Holds(ME, self._journal, world, Habits(), self._show, self._ask)

    async def gets(self, n: int, low: int = 0, sender: UserId = BOB, src: str = "d1") -> None:
        message = Message(MessageId(f"m{n}"), 1, "x", n, src=src, low=low)
        post = Post([Arrived("bob", sender, message.id, envelope.encode(message), message)])
        now = self._world.now_ms()
        taken = await self._journal.do(lambda store: take(store, ME, post, judge, now))
        self.holds.held(taken)
        self._show(taken)

    def _show(self, taken: Taken) -> None:
        for line in taken.shown:
            message = envelope.decode(line.payload)
            assert isinstance(message, Message)
            self.shown.append((message.n, self._loop.time()))

    def _ask(self) -> None:
        self.asked.append(self._loop.time())
        if self._history:
            self._loop.call_later(0.05, self.holds.complete, self._loop.time())


def lived(
    play: Callable[[House], Awaitable[None]],
    until: float,
    *,
    store: DeviceStore | None = None,
    skew: float = 0.0,
    history: bool = True,
) -> House:
    """One process: what it has shown when it ends."""
    universe = Universe(1, lambda line: None)
    loop = Loop(universe, "alice", None, lambda loop: 0.001, universe.end)  # type: ignore[abstract, arg-type] # no network
    houses: list[House] = []

    async def live() -> None:
        house = House(loop, store or open_memory(ME), skew, history)
        houses.append(house)
        await house.holds.recall()
        waiting = asyncio.ensure_future(house.holds.run())
        await play(house)
        await asyncio.sleep(until - loop.time())
        waiting.cancel()
        loop.kill()

    running(loop)
    loop.create_task(live())
    running(None)
    universe.run()
    running(loop)
    loop.bury()
    running(None)
    assert not loop.failed
    return houses[0]


def numbers(house: House) -> list[int]:
    return [n for n, _ in house.shown]


def test_what_this_device_wrote_and_its_file_has_lost_waits_for_nobody() -> None:
    """The file is an older one again, so the numbers before are in it, and history tells of the others alone."""

    async def play(house: House) -> None:
        await house.gets(86, low=80, sender=ME.user, src=ME.tag)
        await house.gets(88, low=80, sender=ME.user, src=ME.tag)

    assert numbers(lived(play, SLACK + 1)) == [86, 88]


def test_what_another_device_of_mine_wrote_waits_for_what_it_offers_again() -> None:
    async def play(house: House) -> None:
        await house.gets(86, low=80, sender=ME.user, src="0f0f0f0f")

    assert numbers(lived(play, 90)) == []
    assert numbers(lived(play, 0.5 + GIVEN_UP)) == [86]


@pytest.mark.parametrize("history", [True, False])
def test_a_number_that_its_sender_still_had_is_waited_for(history: bool) -> None:
    async def play(house: House) -> None:
        await house.gets(1, low=1)
        await house.gets(3, low=2)
        await asyncio.sleep(90)
        assert numbers(house) == [1]
        await house.gets(2, low=2)

    assert numbers(lived(play, 100, history=history)) == [1, 2, 3]


@pytest.mark.parametrize("history", [True, False])
def test_nobody_waits_longer_than_two_minutes(history: bool) -> None:
    """Also where more is missing, and some of it comes."""

    async def play(house: House) -> None:
        await house.gets(1, low=1)
        await house.gets(9, low=2)
        await asyncio.sleep(100)
        await house.gets(5, low=2)

    shown = dict(lived(play, 300, history=history).shown)
    assert list(shown) == [1, 5, 9]
    assert GIVEN_UP <= shown[9] < GIVEN_UP + SLACK


def test_a_later_message_frees_it_as_soon_as_history_has_told_again() -> None:
    async def play(house: House) -> None:
        await house.gets(1, low=1)
        await house.gets(3, low=2)  # number 2 is refused then
        await asyncio.sleep(60)
        await house.gets(4, low=3)

    house = lived(play, 70)
    assert numbers(house) == [1, 3, 4]
    assert len(house.asked) == 2
    assert 60 <= house.shown[-1][1] < 60 + SLACK


def test_what_never_comes_is_not_waited_for() -> None:
    async def play(house: House) -> None:
        await house.gets(1, low=1)
        await house.gets(3, low=3)
        await house.gets(6, low=6)

    house = lived(play, 1)
    assert numbers(house) == [1, 3, 6]
    assert house.shown[-1][1] < 2 * SLACK


def test_a_sender_who_does_not_say_has_two_seconds() -> None:
    async def play(house: House) -> None:
        await house.gets(1)
        await house.gets(3)

    [_, (_, when)] = lived(play, 10).shown
    assert 2 <= when < 2 + SLACK


def test_who_looks_in_for_a_minute_now_and_then_sees_it() -> None:
    store = open_memory(ME)

    async def first(house: House) -> None:
        await house.gets(1, low=1)
        await house.gets(3, low=2)

    async def again(house: House) -> None:
        assert not house.shown

    assert numbers(lived(first, 60, store=store)) == [1]
    assert numbers(lived(again, 9, store=store, skew=86_400)) == []
    assert numbers(lived(again, 60, store=store, skew=86_400)) == [3]
    store.close()
