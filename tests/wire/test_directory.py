"""The directory on disk: generations, what goes wrong with files, and who may write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.directory import found, write
from xasup.protocol.directory import Edit, set_contact
from xasup.protocol.errors import Unavailable
from xasup.protocol.ids import UserId
from xasup.wire.directory import DirectoryReader, DirectoryWriter
from xasup.wire.directory.environment import DATA, Environment

ALICE, BOB = UserId("alice"), UserId("bob")
OPEN, CLOSED = set_contact(ALICE, BOB, True), set_contact(ALICE, BOB, False)


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("g-*"))


def test_a_reader_follows_the_writer_and_its_generations(tmp_path: Path) -> None:
    write(tmp_path, [OPEN], "1-0", rebuild=True)
    with DirectoryReader(tmp_path) as reader:
        assert (reader.accepts(ALICE, BOB), reader.applied()) == (True, "1-0")
        write(tmp_path, [CLOSED], "2-0")
        assert (reader.accepts(ALICE, BOB), reader.applied()) == (False, "2-0")
        write(tmp_path, [OPEN], "3-0", rebuild=True)
        assert (reader.accepts(ALICE, BOB), reader.applied()) == (True, "3-0")
    assert generations(tmp_path) == ["g-000002"]


def test_a_reader_finds_a_directory_that_comes_later(tmp_path: Path) -> None:
    with DirectoryReader(tmp_path) as reader:
        with pytest.raises(Unavailable):
            reader.accepts(ALICE, BOB)
        write(tmp_path, [OPEN], "1-0", rebuild=True)
        assert reader.accepts(ALICE, BOB)


def test_a_reader_grows_with_the_map(tmp_path: Path) -> None:
    write(tmp_path, [], "1-0", rebuild=True)
    with DirectoryReader(tmp_path) as reader:
        assert not reader.accepts(ALICE, BOB)
        large = [Edit(b"x/%d" % n, bytes(2000)) for n in range(9_000)]  # 18 MB, beyond the first map
        write(tmp_path, [*large, OPEN], "2-0")
        assert reader.accepts(ALICE, BOB)


@pytest.mark.parametrize("spoil", ["remove", "garbage", "empty", "cut short", "newer schema", "another program's"])
def test_what_is_not_our_directory_is_neither_read_nor_written(tmp_path: Path, spoil: str) -> None:
    found(tmp_path, [OPEN])
    data = tmp_path / "current" / DATA
    match spoil:
        case "remove":
            data.unlink()
        case "garbage":
            data.write_bytes(os.urandom(100_000))
        case "empty":
            data.write_bytes(b"")
        case "cut short":
            os.truncate(data, 2 * 4096)
        case "newer schema":
            write(tmp_path, [Edit(b"m/schema", b"\x03\0\0\0")], "1-0")
        case "another program's":
            write(tmp_path, [Edit(b"m/schema", None)], "1-0")
    with DirectoryReader(tmp_path) as reader, pytest.raises(Unavailable):
        reader.accepts(ALICE, BOB)
    with DirectoryWriter(tmp_path) as writer:
        with pytest.raises(Unavailable):
            writer.applied()
        with pytest.raises(Unavailable):
            writer.apply([OPEN], "2-0")
        with writer.rebuilding() as building:
            building.write([OPEN])
            building.finish("3-0")
        assert writer.applied() == "3-0"


def test_unsorted_cells_cannot_be_appended(tmp_path: Path) -> None:
    with (
        DirectoryWriter(tmp_path) as writer,
        pytest.raises(ValueError, match="sorted"),
        writer.rebuilding() as building,
    ):
        building.fill([(b"b", b""), (b"a", b"")], append=True)


def test_a_directory_whose_record_is_broken_is_unavailable(tmp_path: Path) -> None:
    found(tmp_path, [Edit(b"u/alice", b"short")])
    with DirectoryReader(tmp_path) as reader, pytest.raises(Unavailable):
        reader.user(ALICE)


def test_only_one_writes(tmp_path: Path) -> None:
    with DirectoryWriter(tmp_path), pytest.raises(Unavailable, match=f"already being written by process {os.getpid()}"):
        DirectoryWriter(tmp_path).__enter__()
    with DirectoryWriter(tmp_path):
        pass


def test_a_rebuild_that_fails_leaves_the_old_one_serving(tmp_path: Path) -> None:
    found(tmp_path, [OPEN])
    with DirectoryWriter(tmp_path) as writer:
        with pytest.raises(KeyError), writer.rebuilding() as building:
            building.write([CLOSED])
            building.finish("2-0")
            raise KeyError
        writer.apply([], "3-0")
    with DirectoryReader(tmp_path) as reader:
        assert (reader.accepts(ALICE, BOB), reader.applied()) == (True, "3-0")
    assert generations(tmp_path) == ["g-000001"]


def test_a_generation_that_was_not_finished_never_serves(tmp_path: Path) -> None:
    with DirectoryWriter(tmp_path) as writer, pytest.raises(ValueError, match="finished"), writer.rebuilding():
        pass
    assert generations(tmp_path) == []


def test_a_kill_between_turning_and_telling_is_made_good_before_anything_is_written(tmp_path: Path) -> None:
    found(tmp_path, [OPEN])
    found(tmp_path / "other", [CLOSED], "2-0")
    (tmp_path / "other" / "g-000001").rename(tmp_path / "g-000002")
    old = tmp_path / "g-000001" / DATA
    reader = DirectoryReader(tmp_path)
    assert reader.accepts(ALICE, BOB)
    with old.open("rb") as kept:  # as the plugin keeps it open
        (tmp_path / "current").unlink()
        (tmp_path / "current").symlink_to("g-000002")
        reader.close()
        with DirectoryWriter(tmp_path) as writer:
            assert writer.applied() == "2-0"
        assert b"m/moved" in kept.read()
    assert generations(tmp_path) == ["g-000002"]


def test_the_file_is_never_shorter_than_what_it_claims_to_hold(tmp_path: Path) -> None:
    found(tmp_path, [])
    with DirectoryWriter(tmp_path) as writer:
        for n in range(30):
            writer.apply([Edit(b"x/%d" % k, bytes(1500)) for k in range(40 * n)], "1-0")
            writer.apply([Edit(b"x/%d" % k, None) for k in range(40 * n)], "1-0")
    environment = Environment((tmp_path / "current").resolve(), readonly=True)  # checks it
    environment.close()


def test_slots_of_killed_readers_are_freed(tmp_path: Path) -> None:
    found(tmp_path, [])
    code = (
        "import sys, time; from pathlib import Path; from xasup.wire.directory.environment import Environment\n"
        "cells = Environment(Path(sys.argv[1]), readonly=True).cells(); next(cells); print('reading', flush=True)\n"
        "sys.stdin.read()"
    )
    argv = [sys.executable, "-c", code, str((tmp_path / "current").resolve())]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"reading\n"
        environment = Environment((tmp_path / "current").resolve())
        assert environment.forget_dead_readers() == 0
        child.send_signal(signal.SIGKILL)
    assert environment.forget_dead_readers() == 1
    environment.close()


def test_what_a_killed_writer_had_in_the_file_is_where_the_next_one_goes_on(tmp_path: Path) -> None:
    """Killed between the file and the number of the newest transaction, which lies in the lock file behind a mutex."""
    found(tmp_path, [])
    code = (
        "import os, signal, struct, sys; from pathlib import Path; import lmdb\n"
        "from xasup.wire.directory import DirectoryWriter\n"
        "folder = Path(sys.argv[1])\n"
        "with DirectoryWriter(folder) as writer: writer.apply([], '2-0')\n"
        "writing = lmdb.open(str(folder / 'current')).begin(write=True)\n"
        "lock = os.open(folder / 'current' / 'lock.mdb', os.O_RDWR)\n"
        "newest, = struct.unpack('<Q', os.pread(lock, 8, 48))\n"
        "os.pwrite(lock, struct.pack('<Q', newest - 1), 48)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    with DirectoryReader(tmp_path) as reader:  # else whoever comes first begins with a new lock file
        assert reader.applied() == "1-0"
        ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
        assert ended.returncode == -signal.SIGKILL
        assert reader.applied() == "1-0"  # so it is there, and not announced
        code = (
            "import sys; from pathlib import Path; from xasup.wire.directory import DirectoryWriter\n"
            "with DirectoryWriter(Path(sys.argv[1])) as writer: print(writer.applied())"
        )
        assert subprocess.check_output([sys.executable, "-c", code, str(tmp_path)], text=True) == "2-0\n"
        assert reader.applied() == "2-0"


def test_sorted_cells_are_filled_by_appending(tmp_path: Path) -> None:
    with DirectoryWriter(tmp_path) as writer, writer.rebuilding() as building:
        for first in range(0, 100_000, 10_000):
            building.fill(((b"c/%06d" % n, b"\x01") for n in range(first, first + 10_000)), append=True)
        building.finish("1-0")
    environment = Environment((tmp_path / "current").resolve(), readonly=True)
    assert sum(key.startswith(b"c/") for key, _ in environment.cells()) == 100_000
    environment.close()
