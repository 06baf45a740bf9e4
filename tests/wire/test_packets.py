"""The codec of the two hot packets, held against paho's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.client import MQTTv5

from xasup.protocol.errors import Malformed
from xasup.wire.mqtt import Incoming, packets

topics = st.text(st.characters(blacklist_characters="+#\0", blacklist_categories=("Cs",)), min_size=1, max_size=40)


@given(topics, st.binary(max_size=20_000), st.sampled_from([0, 1]), st.booleans(), st.integers(1, 65535))
def test_a_publish_survives_the_way(topic: str, payload: bytes, qos: int, retain: bool, mid: int) -> None:
    data = packets.publish(topic, payload, qos, retain, mid)
    [frame], end = packets.frames(data)
    assert end == len(data)
    assert packets.read_publish(data, frame) == Incoming(topic, payload, qos, retain, mid if qos else 0)
    theirs = _packet.decode_publish(data[0], bytearray(data[frame.body :]), MQTTv5)
    assert (theirs.topic, bytes(theirs.payload), theirs.qos, theirs.retain) == (topic.encode(), payload, qos, retain)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8), st.data())
def test_packets_are_found_however_the_stream_is_cut(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(packets.publish("t", payload, 1, False, mid) for mid, payload in enumerate(payloads, 1))
    cut = data.draw(st.integers(0, len(stream)))
    found, rest = packets.frames(stream[:cut])
    later = stream[rest:]
    more, end = packets.frames(later)
    got = [packets.read_publish(stream, it).payload for it in found]
    got += [packets.read_publish(later, it).payload for it in more]
    assert (got, end) == (payloads, len(later))


def test_properties_are_skipped() -> None:
    # PUBLISH, QoS 1, topic "t", id 7, property 0x01 (payload format indicator) = 1, payload "x"
    data = bytes((0x3A, 9, 0, 1)) + b"t" + bytes((0, 7, 2, 0x01, 1)) + b"x"
    [frame], _ = packets.frames(data)
    assert packets.read_publish(data, frame) == Incoming("t", b"x", 1, False, 7, dup=True)


def test_acknowledgements_in_a_row() -> None:
    data = packets.pubacks([1, 65535])
    found, _ = packets.frames(data)
    assert [packets.read_puback(data, frame) for frame in found] == [(1, 0), (65535, 0)]


def test_a_reason_code_is_read() -> None:
    data = bytes((packets.PUBACK, 3, 0, 9, 0x87))
    [frame], _ = packets.frames(data)
    assert packets.read_puback(data, frame) == (9, 0x87)


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#", "x" * 70_000])
def test_what_is_no_topic(topic: str) -> None:
    with pytest.raises(Malformed, match="topic"):
        packets.publish(topic, b"", 1, False, 1)


@pytest.mark.parametrize(
    "data",
    [
        bytes((0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1)),  # a length of five bytes
        bytes((0x30, 0xFF, 0xFF, 0xFF, 0x7F)),  # 256 MB
    ],
)
def test_what_is_not_our_broker(data: bytes) -> None:
    with pytest.raises(Malformed, match="does not look like"):
        packets.frames(data)


@pytest.mark.parametrize(
    "body", [b"\0", b"\0\0", b"\0\x09t\0", b"\0\x02\xff\xfe\0\x01\0", b"\0\x01t\0\x01\xff\xff\xff\x7f"]
)
def test_a_publish_that_lies_about_its_lengths(body: bytes) -> None:
    for behind in (b"", bytes(20)):
        data = bytes((0x32, len(body))) + body + behind
        [frame, *_], _ = packets.frames(data)
        with pytest.raises(Malformed):
            packets.read_publish(data, frame)
