"""Deliveries by the piece: held against the long way, and on a real Mosquitto."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.bare import BareBroker
from xasup.protocol.errors import Unavailable
from xasup.wire.mqtt import Subscription, Wire, connect, packets
from xasup.wire.mqtt.intake import Delivery, cut, intake
from xasup.wire.mqtt.packets import PUBACK, PUBLISH

topics = st.text(st.characters(codec="ascii", exclude_characters="+#\0"), min_size=1, max_size=200)
publishes = st.builds(
    packets.publish, topics, st.binary(max_size=20_000), st.sampled_from([0, 1]), st.booleans(), st.integers(1, 65535)
)
acknowledgements = st.lists(st.integers(1, 65535), max_size=3).map(packets.pubacks)
others = st.sampled_from([b"\xd0\x00", b"\x90\x04\x00\x01\x00\x01", b"\x40\x03\x00\x07\x10", b"\xe0\x00"])
# A PUBLISH with properties, and one of QoS 2: seldom, and for the long way.
odd = st.sampled_from([b"\x32\x09\x00\x01a\x00\x05\x02\x01\x00x", b"\x34\x06\x00\x01a\x00\x05\x00"])


def long_way(data: bytes) -> tuple[list[Delivery], list[tuple[int, int]]]:
    deliveries, acknowledged = [], []
    for frame in packets.frames(data)[0]:
        if frame.first == PUBACK:
            acknowledged.append(packets.read_puback(data, frame))
        elif frame.first & packets.KIND == PUBLISH:
            message = packets.read_publish(data, frame)
            deliveries.append((message.topic.encode(), message.payload, message.mid))
    return deliveries, acknowledged


@given(st.lists(publishes | acknowledgements | others | odd, max_size=8).map(b"".join), st.data())
def test_what_is_cut_is_what_the_long_way_finds(whole: bytes, data: st.DataObject) -> None:
    piece = whole[: data.draw(st.integers(0, len(whole)))]
    deliveries, acknowledged, end = cut(piece)
    assert (deliveries, acknowledged) == long_way(piece[:end])
    assert packets.frames(piece[:end])[1] == end, "it stopped within a packet"


def test_the_usual_packets_take_the_short_way() -> None:
    data = packets.publish("a/b", b"x" * 150, 1, False, 7) + packets.pubacks([1, 2]) + b"\x40\x03\x00\x03\x10"
    assert cut(data) == ([(b"a/b", b"x" * 150, 7)], [(1, 0), (2, 0), (3, 16)], len(data))


@pytest.fixture
async def broker(tmp_path: Path) -> BareBroker:
    return BareBroker(tmp_path)


async def publish(wire: Wire, first: int, count: int) -> None:
    await asyncio.gather(*(wire.publish_soon("t", b"%d" % number) for number in range(first, first + count)))


async def test_what_comes_before_begin_is_not_lost_and_comes_first(broker: BareBroker) -> None:
    async with broker, connect(broker.address("pub")) as pub:
        async with intake(broker.address("sub"), receive_maximum=100, session_expiry=60) as first:
            assert await first.subscribe([Subscription("t")]) == [None]
        await publish(pub, 0, 50)
        async with intake(broker.address("sub"), receive_maximum=100, session_expiry=60) as wire:
            assert wire.session_present
            await wire.subscribe([Subscription("t")])  # whose answer comes behind what was queued
            taken: list[Delivery] = []
            wire.begin(taken.extend)
            assert [payload for _, payload, _ in taken] == [b"%d" % number for number in range(50)]
            wire.acknowledge([mid for *_, mid in taken])
            news = asyncio.Event()
            wire.begin(lambda deliveries: (taken.extend(deliveries), news.set()))  # type: ignore[arg-type, return-value]
            await publish(pub, 50, 1)
            await asyncio.wait_for(news.wait(), 5)
            assert taken[-1][1] == b"50"


async def test_a_connection_that_is_left_unread_lives_on(broker: BareBroker) -> None:
    """Longer than any keepalive: pings go out, and their answers are not missed."""
    async with broker, connect(broker.address("pub")) as pub:
        sub = broker.address("sub")
        async with intake(sub, receive_maximum=100, keepalive=1) as wire:
            await wire.subscribe([Subscription("t")])
            wire.hold(True)
            taken: list[Delivery] = []
            wire.begin(taken.extend)
            await publish(pub, 0, 10)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(wire.ended(), 4)
            assert not taken
            wire.hold(False)
            await wire.subscribe([Subscription("t/other")])
            assert len(taken) == 10
            assert wire.alive


async def test_the_end_of_an_unread_connection_is_noticed_by_what_is_written(broker: BareBroker) -> None:
    async with broker, intake(broker.address("sub"), receive_maximum=100, keepalive=1) as wire:
        wire.hold(True)
        broker.stop(9)
        end = await asyncio.wait_for(wire.ended(), 8)
        assert isinstance(end, Unavailable)
