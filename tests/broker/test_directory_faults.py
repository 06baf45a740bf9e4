"""A directory that cannot be believed: all is denied, one line says why, and it heals by itself."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import lmdb
import pytest

from tests.support.broker import TestBroker, person
from tests.support.raw_mqtt import REFUSED, RawClient
from xasup.protocol import topics
from xasup.protocol.directory import Edit, set_contact
from xasup.protocol.ids import UserId

ALICE, BOB = UserId("alice"), UserId("bob")
TO_BOB = topics.message(BOB, ALICE)
PEOPLE = [*person("alice:d"), *person("bob:d"), set_contact(BOB, ALICE, True)]
CROWD = [set_contact(UserId(f"u{number:05d}"), ALICE, True) for number in range(2_000)]  # some dozen pages
PAGE_SIZE = 40  # where it stands in the first page of LMDB
PAGE = 4096
NOT_ANSWERED = -1

Spoil = Callable[[Path], object]


def overwrite(folder: Path, data: bytes, start: int = 0) -> None:
    """In place: the broker has this very file open."""
    with (folder / "data.mdb").open("r+b") as file:
        file.seek(start)
        file.write(data)


def used(folder: Path) -> int:
    """Bytes up to the last page that is used; the rest of the file is a hole."""
    with lmdb.open(str(folder), readonly=True, lock=False) as environment:
        return int(environment.info()["last_pgno"] + 1) * PAGE


def garble(folder: Path) -> None:
    """Every page but the first two, which say where the others are, and only where they are used."""
    overwrite(folder, Random(7).randbytes(used(folder) - 2 * PAGE), 2 * PAGE)


def change_records(folder: Path) -> None:
    """One bit of each value; its page is as good as ever."""
    data = (folder / "data.mdb").read_bytes()[: used(folder)]
    for key, value in ((edit.key, edit.value or b"") for edit in PEOPLE):
        assert key + value in data
        data = data.replace(key + value, key + bytes([value[0] ^ 2]) + value[1:])
    overwrite(folder, data)


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_foreign(folder: Path, *cells: tuple[bytes, bytes]) -> None:
    """Somebody else's LMDB file, or one of ours from another version."""
    with lmdb.open(str(folder / "elsewhere")) as environment, environment.begin(write=True) as txn:
        for key, value in ((edit.key, edit.value) for edit in PEOPLE):
            txn.put(key, value or b"")
        for key, value in cells:
            txn.put(key, value)
    (folder / "elsewhere" / "data.mdb").replace(folder / "data.mdb")


def copy(source: Path, target: Path) -> None:
    """In another process (closing a file drops all locks that this one has on it); over the old bytes."""
    subprocess.run(["cp", "--sparse=always", source, target], check=True)


def scribble(path: Path) -> None:
    """Garbage over all of it, by another process."""
    argv = [
        "dd",
        "if=/dev/urandom",
        f"of={path}",
        f"bs={path.stat().st_size}",
        "count=1",
        "conv=notrunc",
        "status=none",
    ]
    subprocess.run(argv, check=True)


# What can happen to the folder with data.mdb and lock.mdb, and the word that the log must have for it.
SPOILS: dict[str, tuple[Spoil, str]] = {
    "removed": (lambda folder: (folder / "data.mdb").unlink(), "No such file"),
    "emptied": (lambda folder: os.truncate(folder / "data.mdb", 0), "cut short|shorter|No such file|damaged"),
    "cut to one page": (lambda folder: os.truncate(folder / "data.mdb", PAGE), "cut short|shorter|damaged"),
    "cut to half": (lambda folder: os.truncate(folder / "data.mdb", used(folder) // 2), "cut short|shorter"),
    "zeros": (lambda folder: overwrite(folder, bytes(used(folder))), "MDB_|damaged"),
    "garbage": (lambda folder: overwrite(folder, Random(1).randbytes(used(folder))), "MDB_|damaged|shorter|allocate"),
    "garbled pages": (garble, "MDB_|damaged"),
    "a bit of each record": (change_records, "a record is not what was written"),
    "another program's": (become_foreign, "not a directory"),
    "a newer schema": (lambda folder: become_foreign(folder, (b"m/schema", b"\x03\0\0\0")), "schema"),
    "a broken schema": (lambda folder: become_foreign(folder, (b"m/schema", b"1")), "not a directory"),
    "a folder": (lambda folder: become_a_folder(folder / "data.mdb"), "not a file"),
    "a pipe": (lambda folder: become_a_pipe(folder / "data.mdb"), "not a file"),
    "without lock file": (lambda folder: (folder / "lock.mdb").unlink(), "No such file|lock file"),
    "with a folder as lock file": (lambda folder: become_a_folder(folder / "lock.mdb"), "lock file|directory"),
}


@dataclass(frozen=True)
class Scene:
    """alice may write to bob, as long as the directory can be believed."""

    broker: TestBroker
    alice: RawClient
    bob: RawClient
    kept: Path

    @property
    def folder(self) -> Path:
        return self.broker.directory / "current"

    def restore(self) -> None:
        """Whole new files, in the place of those that are there."""
        for name in ("data.mdb", "lock.mdb"):
            path = self.folder / name
            if path.is_dir():
                path.rmdir()
            copy(self.kept / name, path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)

    def restore_in_place(self) -> None:
        """The same bytes again in the same files."""
        for name in ("data.mdb", "lock.mdb"):
            copy(self.kept / name, self.folder / name)

    def await_answer(self, code: int) -> None:
        deadline = time.monotonic() + 2
        while self.alice.publish(TO_BOB, b"answered") != code:
            assert time.monotonic() < deadline, f"no {code:#x}: {self.broker.complaints()}"

    def all_is_denied(self, seconds: float = 0.15) -> None:
        """To those who are connected and to those who come, for longer than the plugin waits to look again."""
        self.await_answer(REFUSED)
        self.bob.got()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.alice.publish(TO_BOB) == REFUSED
            assert self.alice.subscribe(topics.mailbox(ALICE)) == REFUSED
            assert self.broker.attempt("alice:d").code == NOT_ANSWERED
        assert self.bob.got() == []
        assert self.broker.process is not None
        assert self.broker.process.poll() is None

    def heals(self) -> None:
        self.await_answer(0)
        assert self.bob.await_message().payload == b"answered"
        assert self.broker.attempt("alice:other").code == REFUSED, "unknown, not unanswered"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with TestBroker(tmp_path) as broker:
        broker.rebuild([*PEOPLE, *CROWD])
        broker.writer.close()
        kept = tmp_path / "kept"
        kept.mkdir()
        for name in ("data.mdb", "lock.mdb"):
            copy(broker.directory / "current" / name, kept / name)
        scene = Scene(broker, broker.client("alice:d"), broker.client("bob:d"), kept)
        assert scene.bob.subscribe(topics.mailbox(BOB), qos=0) == 0
        scene.heals()
        yield scene


@pytest.mark.parametrize("spoil", SPOILS)
def test_all_is_denied_while_the_broker_runs_and_it_heals(scene: Scene, spoil: str) -> None:
    do, word = SPOILS[spoil]
    do(scene.folder)
    scene.all_is_denied()
    [complaint] = [line for line in scene.broker.complaints() if "all is denied" in line]
    assert str(scene.folder / "data.mdb") in complaint
    assert re.search(word, complaint)
    scene.restore()
    scene.heals()
    assert scene.broker.complaints()[-1].endswith("data.mdb: good")


@pytest.mark.parametrize("spoil", SPOILS)
def test_all_is_denied_from_the_start_and_it_heals(scene: Scene, spoil: str) -> None:
    scene.broker.stop()
    SPOILS[spoil][0](scene.folder)
    scene.broker.start()
    for _ in range(3):
        assert scene.broker.attempt("alice:d").code == NOT_ANSWERED
    scene.restore()
    scene.broker.await_client("alice:d")


def test_a_page_size_of_nothing_does_not_end_the_broker(scene: Scene) -> None:
    scene.broker.stop()
    overwrite(scene.folder, bytes(4), PAGE_SIZE)
    scene.broker.start()
    assert scene.broker.attempt("alice:d").code == NOT_ANSWERED
    scene.restore_in_place()
    scene.broker.await_client("alice:d")


@pytest.mark.parametrize("spoil", ["zeros", "garbage", "garbled pages", "cut to half"])
def test_it_heals_when_the_same_file_is_good_again(scene: Scene, spoil: str) -> None:
    SPOILS[spoil][0](scene.folder)
    scene.all_is_denied()
    scene.restore_in_place()
    scene.heals()


@pytest.mark.parametrize("what", ["the link", "the generation", "the whole folder"])
def test_all_is_denied_where_there_is_nothing(scene: Scene, what: str) -> None:
    path = {
        "the link": scene.folder,
        "the generation": scene.folder.resolve(),
        "the whole folder": scene.broker.directory,
    }[what]
    aside = path.with_name("aside")
    path.rename(aside)
    scene.all_is_denied()
    aside.rename(path)
    scene.heals()


def test_a_superseded_file_without_successor_denies_all(scene: Scene) -> None:
    scene.broker.apply(Edit(b"m/moved", b"\1"))
    scene.all_is_denied()
    assert "superseded" in scene.broker.complaints()[-1]
    scene.broker.rebuild(PEOPLE)
    scene.heals()


def test_a_lock_file_that_is_garbage_denies_all(scene: Scene) -> None:
    scene.broker.apply()  # the writer has it open, so nobody may make it anew
    lock, good = scene.folder / "lock.mdb", scene.kept / "good"
    copy(lock, good)
    scribble(lock)
    scene.all_is_denied()
    copy(good, lock)
    scene.heals()


def test_a_lock_file_that_somebody_holds_denies_all_and_stops_nobody(scene: Scene) -> None:
    scene.broker.stop()
    with (scene.folder / "lock.mdb").open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 1)
        scene.broker.start()
        assert scene.broker.attempt("alice:d").code == NOT_ANSWERED
        assert "held by another process" in scene.broker.complaints()[-1]
    scene.broker.await_client("alice:d")


def test_a_lock_file_that_is_lost_is_made_again_by_a_writer_and_followed(scene: Scene) -> None:
    (scene.folder / "lock.mdb").unlink()
    for accepted, code in ((False, REFUSED), (True, 0), (False, REFUSED)):
        scene.broker.apply(set_contact(BOB, ALICE, accepted))
        scene.await_answer(code)


def test_a_directory_that_others_may_not_read_denies_all() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start Mosquitto as somebody else")
    with tempfile.TemporaryDirectory(prefix="xasup-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # on the way to the folder of its socket, which is its own
        (folder / "mosquitto").mkdir()
        shutil.chown(folder / "mosquitto", "nobody")
        with TestBroker(folder, user="nobody") as broker:
            broker.apply(PEOPLE)
            assert broker.attempt("alice:d").code == NOT_ANSWERED
            assert "Permission denied" in broker.complaints()[-1]


def test_it_is_said_once_a_minute_only(scene: Scene) -> None:
    for _ in range(3):
        (scene.folder / "data.mdb").rename(scene.folder / "aside")
        scene.await_answer(REFUSED)
        (scene.folder / "aside").rename(scene.folder / "data.mdb")
        scene.heals()
    assert sum("all is denied" in line for line in scene.broker.complaints()) == 1
