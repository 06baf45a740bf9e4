"""Which types of packets of MQTT a stream holds that comes in pieces: no more of MQTT than that. Pure."""

from __future__ import annotations

PUBLISH, PUBACK = 3, 4


class Packets:
    """One direction of one connection, from its beginning."""

    def __init__(self) -> None:
        self._head = bytearray()  # of a packet whose length is not known yet
        self._left = 0  # bytes of the packet that is passing

    def feed(self, data: bytes) -> list[int]:
        """The types of the packets whose length became known in *data*, in order."""
        types, at = list[int](), 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            self._head.append(data[at])
            at += 1
            if len(self._head) > 1 and not self._head[-1] & 0x80:
                types.append(self._head[0] >> 4)
                self._left = _length(self._head[1:])
                self._head.clear()
        return types


def _length(digits: bytearray) -> int:
    """MQTT 5, 1.5.5: seven bits in each byte, the lowest first."""
    return sum((digit & 0x7F) << (7 * place) for place, digit in enumerate(digits))
