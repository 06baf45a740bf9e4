"""Types of packets in a stream, however it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xasup.chaos.packets import PUBACK, PUBLISH, Packets

SHORT = bytes([PUBACK << 4, 2, 0, 1])
LONG = bytes([PUBLISH << 4 | 2, 0x80 | 72, 1]) + bytes(200)  # 72 + 1 * 128


def test_packets_of_one_piece() -> None:
    assert Packets().feed(SHORT + LONG + SHORT) == [PUBACK, PUBLISH, PUBACK]


@given(st.lists(st.sampled_from([SHORT, LONG]), max_size=20), st.integers(1, 300))
def test_pieces_of_any_size_hold_the_same_packets(sent: list[bytes], size: int) -> None:
    stream, packets = b"".join(sent), Packets()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [type for piece in pieces for type in packets.feed(piece)] == [packet[0] >> 4 for packet in sent]
