"""Which partition a key is in: as Kafka's own clients in Java have it, so that whoever appends finds the same."""

from __future__ import annotations

_CACHED = 1 << 16  # keys; then the cache begins anew
_M, _MASK = 0x5BD1E995, 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """32 bits, unsigned: org.apache.kafka.common.utils.Utils.murmur2()."""
    length = len(data)
    h = 0x9747B28C ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ k >> 24) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if whole < length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


class Partitions(dict[bytes, int]):
    """Key to partition of a topic with *count* of them; remembers what was asked."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def __missing__(self, key: bytes) -> int:
        if len(self) >= _CACHED:
            self.clear()
        self[key] = partition = (murmur2(key) & 0x7FFFFFFF) % self.count
        return partition
