"""Keys fall into the partitions where Java's clients look for them."""

from __future__ import annotations

import pytest

from xasup.wire.log.murmur2 import Partitions, murmur2

# From UtilsTest.java of Kafka.
KNOWN = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize("key", KNOWN)
def test_hashes_are_those_of_java(key: bytes) -> None:
    assert murmur2(key) == KNOWN[key] % (1 << 32)


def test_a_key_is_always_in_the_same_partition() -> None:
    partitions = Partitions(12)
    keys = [b"%d" % number for number in range(70_000)]  # more than are remembered
    first = [partitions[key] for key in keys]
    assert [partitions[key] for key in keys] == first
    assert set(first) == set(range(12))
