"""Seals of the segments in which our own Kafka keeps the log: what is damage, and what Kafka does itself."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from tests.runtime.test_seals import change
from xasup.protocol import codec
from xasup.protocol.errors import Unavailable
from xasup.runtime.segments import Segments

FIRST, SECOND = "00000000000000000000.log", "00000000000000000009.log"


def batch(offset: int, size: int = 88) -> bytes:
    """As it begins in Kafka; *size* bytes in all."""
    return struct.pack(">qi", offset, size - 12) + bytes([offset]) * (size - 12)


def grow(path: Path, *pieces: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(pieces))
    return path


def topic(partition: Path, id: str) -> None:
    partition.mkdir(parents=True, exist_ok=True)
    (partition / "partition.metadata").write_text(f"version: 0\ntopic_id: {id}\n")


@pytest.fixture
def partition(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "xasup.messages-3"
    topic(folder, "one")
    return folder


@pytest.fixture
def guard(partition: Path) -> Segments:
    return Segments(partition.parent)


def reboot(guard: Segments) -> None:
    """As if the seals were from before the machine was started."""
    fields = codec.decode_object(guard.file.read_bytes())
    guard.file.write_bytes(codec.encode({**fields, "boot": "another"}))


def test_a_cut_and_a_changed_bit_are_named_with_the_partition_and_what_can_be_done(
    guard: Segments, partition: Path
) -> None:
    path = grow(partition / FIRST, batch(0), batch(1))
    guard.renew()
    guard.check()
    good = path.read_bytes()
    change(path, cut=167)
    with pytest.raises(Unavailable) as cut:
        guard.check()
    index = path.with_suffix(".index")
    assert str(cut.value).startswith(f"{path} was cut from 176 bytes to 167; put the good file back, or restore a")
    assert f"remove {index} and {guard.file}" in str(cut.value)
    path.write_bytes(good)
    guard.check()
    change(path, at=30)
    with pytest.raises(Unavailable, match=f"{path} is not what was written: .*; without either remove {guard.file}"):
        guard.check()


def test_control_without_seals_the_cut_is_not_noticed(guard: Segments, partition: Path) -> None:
    path = grow(partition / FIRST, batch(0), batch(1))
    change(path, cut=167)
    guard.check()


def test_all_that_is_damaged_is_named_since_one_file_holds_the_seals(guard: Segments, partition: Path) -> None:
    other = grow(partition.with_name("xasup.receipts-0") / FIRST, batch(0))
    path = grow(partition / FIRST, batch(0))
    guard.renew()
    for each in (path, other):
        change(each, at=30)
    assert str(path) in guard.problem() and str(other) in guard.problem()


def test_only_new_bytes_are_read(guard: Segments, partition: Path) -> None:
    path = grow(partition / FIRST, batch(0))
    guard.renew()
    change(path, at=30)
    grow(path, batch(1))
    guard.renew()
    with pytest.raises(Unavailable, match="a part of its first 176 bytes has changed"):
        guard.check()


def test_what_came_after_the_last_look_has_no_seal(guard: Segments, partition: Path) -> None:
    path = grow(partition / FIRST, batch(0))
    guard.renew()
    grow(path, batch(1), batch(2))
    guard.check()
    change(path, cut=180)
    guard.check()


def test_half_a_batch_has_no_seal_so_a_killed_kafka_may_drop_it_and_go_on(guard: Segments, partition: Path) -> None:
    path = grow(partition / FIRST, batch(0), batch(1)[:50])
    guard.renew()
    os.truncate(path, 88)
    grow(path, batch(1, 40), batch(2))
    guard.check()
    guard.renew()
    guard.check()
    os.truncate(path, 88)
    with pytest.raises(Unavailable, match="was cut from 216 bytes to 88"):
        guard.check()


@pytest.mark.parametrize("rest", [b"", bytes(11), bytes(12), b"\xff" * 30, struct.pack(">qi", 1, 1 << 30) + bytes(60)])
def test_what_is_no_batch_has_no_seal(guard: Segments, partition: Path, rest: bytes) -> None:
    path = grow(partition / FIRST, batch(0), rest)
    guard.renew()
    change(path, cut=88)
    guard.check()
    change(path, cut=87)
    with pytest.raises(Unavailable, match="was cut from 88 bytes to 87"):
        guard.check()


def test_a_full_segment_is_held_to_its_length_and_one_that_was_removed_to_nothing(
    guard: Segments, partition: Path
) -> None:
    first = grow(partition / FIRST, batch(0))
    guard.renew()
    grow(first, batch(1))
    second = grow(partition / SECOND, batch(9))
    guard.check()
    guard.renew()
    change(first, at=30)
    guard.check()  # whoever reads it has Kafka's own sum
    change(first, cut=170)
    with pytest.raises(Unavailable, match=f"{first} was cut from 176 bytes to 170"):
        guard.check()
    first.unlink()
    guard.check()
    guard.renew()
    assert list(codec.decode_object(guard.file.read_bytes())["segments"]) == [f"{partition.name}/{SECOND}"]
    second.unlink()
    grow(first, batch(0))
    guard.check()


def test_a_full_segment_that_became_the_last_one_is_sealed_anew(guard: Segments, partition: Path) -> None:
    first, second = grow(partition / FIRST, batch(0)), grow(partition / SECOND, batch(9))
    guard.renew()
    second.unlink()
    guard.check()
    guard.renew()
    guard.check()
    change(first, at=30)
    with pytest.raises(Unavailable, match="has changed"):
        guard.check()


def test_a_topic_that_was_deleted_and_made_anew_is_another(guard: Segments, partition: Path) -> None:
    path = grow(partition / FIRST, batch(0), batch(1))
    guard.renew()
    partition.rename(partition.with_name(f"{partition.name}.4ce8-delete"))
    guard.check()
    topic(partition, "two")
    grow(path, batch(5))
    guard.check()
    grow(path, batch(6), batch(7))
    guard.check()
    guard.renew()
    guard.check()
    assert list(codec.decode_object(guard.file.read_bytes())["segments"]) == [f"{partition.name}/{FIRST}"]


def test_what_is_kafkas_own_has_no_seal(guard: Segments, partition: Path) -> None:
    path = grow(partition.with_name("__consumer_offsets-0") / FIRST, batch(0))
    guard.renew()
    change(path, cut=7)
    guard.check()


def test_after_the_machine_died_kafka_judges_what_it_was_writing(guard: Segments, partition: Path) -> None:
    first, second = grow(partition / FIRST, batch(0)), grow(partition / SECOND, batch(9), batch(10))
    guard.renew()
    change(second, cut=100)
    with pytest.raises(Unavailable, match="was cut from 176 bytes to 100"):
        guard.check()  # control: of the same life of the machine
    reboot(guard)
    guard.check()
    marker = partition.parent / ".kafka_cleanshutdown"
    marker.touch()
    with pytest.raises(Unavailable, match="was cut from 176 bytes to 100"):
        guard.check()  # Kafka had ended in order: it looks at nothing
    marker.unlink()
    change(first, cut=80)
    with pytest.raises(Unavailable, match=f"{first} was cut"):
        guard.check()


def test_seals_that_cannot_be_read_are_none(guard: Segments, partition: Path) -> None:
    grow(partition / FIRST, batch(0))
    name = f"{partition.name}/{FIRST}"
    for content in ({}, [], {"boot": "", "segments": 3}, {"segments": {}}, {"boot": "", "segments": {name: [1, 2]}}):
        guard.file.write_text(str(content).replace("'", '"'))
        guard.check()
    guard.file.write_bytes(b"{")
    guard.check()
