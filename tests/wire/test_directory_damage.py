"""A directory file that the disk has changed: no record of it is believed, and it is built anew."""

from __future__ import annotations

from pathlib import Path

import lmdb
import pytest

from tests.support.directory import found, write
from xasup.protocol.directory import Edit, contact_key, sealed, set_contact, unsealed
from xasup.protocol.errors import Damaged, Malformed
from xasup.protocol.ids import UserId
from xasup.wire.directory import DirectoryReader, DirectoryWriter
from xasup.wire.directory.environment import DATA

ALICE, BOB, MALLORY = UserId("alice"), UserId("bob"), UserId("mallory")
KEY = contact_key(ALICE, UserId("mallorx"))  # a bit away from mallory's
EDGES = [set_contact(ALICE, BOB, True), Edit(KEY, b"\x01")]


def flip(folder: Path, old: bytes, new: bytes) -> None:
    path = folder / "current" / DATA
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def test_a_value_is_what_was_written_under_this_key() -> None:
    data = sealed(KEY, b"\x01")
    assert unsealed(KEY, data) == b"\x01"
    for key, value in ((b"c/alice/mallory", data), (KEY, data[:-1]), (KEY, b"\x03" + data[1:]), (KEY, b"")):
        with pytest.raises(Malformed, match="its seal is broken"):
            unsealed(key, value)


def test_a_flipped_bit_opens_nothing(tmp_path: Path) -> None:
    found(tmp_path, EDGES)
    flip(tmp_path, b"c/alice/mallorx", b"c/alice/mallory")
    with DirectoryReader(tmp_path) as reader, pytest.raises(Damaged, match="is damaged: .* its seal is broken"):
        reader.accepts(ALICE, MALLORY)
    with DirectoryWriter(tmp_path) as writer:
        for _ in range(2):
            with pytest.raises(Damaged):
                writer.applied()
        with writer.rebuilding() as building:
            building.write(EDGES)
            building.finish("2-0")
        assert writer.applied() == "2-0"
        assert [path.name for path in tmp_path.glob("g-*/doubt")] == []


def test_a_root_of_yesterday_is_noticed_though_each_record_is_good(tmp_path: Path) -> None:
    found(tmp_path, EDGES)
    with lmdb.open(str((tmp_path / "current").resolve())) as environment, environment.begin(write=True) as txn:
        txn.delete(contact_key(ALICE, BOB))  # as where an old page has taken the place of a newer one
    with DirectoryWriter(tmp_path) as writer, pytest.raises(Damaged, match="does not hold what was written"):
        writer.applied()


def test_the_sum_follows_each_edit(tmp_path: Path) -> None:
    found(tmp_path, EDGES)
    for number, edits in enumerate(([set_contact(BOB, ALICE, True)], [Edit(KEY, None)], [Edit(KEY, None)], EDGES), 2):
        write(tmp_path, edits, f"{number}-0")
        with DirectoryWriter(tmp_path) as writer:
            assert writer.applied() == f"{number}-0"


def test_what_was_looked_at_and_not_found_good_is_not_looked_at_again(tmp_path: Path) -> None:
    """LMDB ends the process for some damage."""
    found(tmp_path, EDGES)
    (tmp_path / "current" / "doubt").touch()
    with DirectoryWriter(tmp_path) as writer, pytest.raises(Damaged, match="ended the process"):
        writer.applied()


def test_a_writer_without_work_comes_to_every_record(tmp_path: Path) -> None:
    found(tmp_path, [*EDGES, *(set_contact(UserId(f"u{number}"), ALICE, True) for number in range(10))])
    with DirectoryWriter(tmp_path) as writer:
        for _ in range(10):
            writer.look(3)
        writer.close()
        flip(tmp_path, b"c/u7/alice\x01", b"c/u7/alice\x03")
        with pytest.raises(Damaged, match="its seal is broken"):
            for _ in range(10):
                writer.look(3)
