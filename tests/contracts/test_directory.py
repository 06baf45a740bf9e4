"""The exam of the directory: the twin in memory and the file on disk answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.directory import found
from xasup.protocol.directory import (
    DeviceRecord,
    Edit,
    Flag,
    MemoryDirectory,
    Reader,
    Role,
    UserRecord,
    set_contact,
    set_device,
    set_member,
    set_user,
)
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId
from xasup.wire.directory import DirectoryReader, DirectoryWriter

ALICE, BOB, HIKERS = UserId("alice"), UserId("bob"), GroupId("hikers")
LAPTOP = ClientId(ALICE, DeviceId("laptop"))


@dataclass
class Subject:
    """A directory that is written and asked."""

    apply: Callable[[Iterable[Edit]], None]
    reader: Reader


@pytest.fixture(params=["memory", "lmdb"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param == "memory":
        memory = MemoryDirectory()
        yield Subject(memory.apply, memory)
        return
    found(tmp_path, [])
    with DirectoryReader(tmp_path) as reader:

        def apply(edits: Iterable[Edit]) -> None:
            reader.close()  # one process opens the file once only
            with DirectoryWriter(tmp_path) as writer:
                writer.apply(edits, "1-0")

        yield Subject(apply, reader)


def test_nothing_is_known_at_first(subject: Subject) -> None:
    assert subject.reader.user(ALICE) is None
    assert subject.reader.device(LAPTOP) is None
    assert not subject.reader.accepts(ALICE, BOB)
    assert subject.reader.role(HIKERS, ALICE) is None


def test_what_was_written_is_found(subject: Subject) -> None:
    user, device = UserRecord(Flag.SUSPENDED | Flag.SERVICE, 50, 100), DeviceRecord(bytes(range(32)), 1 << 40)
    subject.apply(
        [
            set_user(ALICE, user),
            set_device(LAPTOP, device),
            set_contact(ALICE, BOB, True),
            set_member(HIKERS, ALICE, Role.OWNER),
            set_member(HIKERS, BOB, Role.MEMBER),
        ]
    )
    assert subject.reader.user(ALICE) == user
    assert subject.reader.device(LAPTOP) == device
    assert subject.reader.accepts(ALICE, BOB)
    assert not subject.reader.accepts(BOB, ALICE)
    assert subject.reader.role(HIKERS, ALICE) is Role.OWNER
    assert subject.reader.role(HIKERS, BOB) is Role.MEMBER


def test_the_last_edit_of_a_key_holds(subject: Subject) -> None:
    subject.apply([set_contact(ALICE, BOB, True), set_contact(ALICE, BOB, False)])
    assert not subject.reader.accepts(ALICE, BOB)
    subject.apply([set_contact(ALICE, BOB, False), set_contact(ALICE, BOB, True)])
    assert subject.reader.accepts(ALICE, BOB)


def test_what_was_deleted_is_gone(subject: Subject) -> None:
    subject.apply([set_user(ALICE, UserRecord()), set_contact(ALICE, BOB, True), set_member(HIKERS, BOB, Role.MEMBER)])
    subject.apply([set_user(ALICE, None), set_contact(ALICE, BOB, False), set_member(HIKERS, BOB, None)])
    assert subject.reader.user(ALICE) is None
    assert not subject.reader.accepts(ALICE, BOB)
    assert subject.reader.role(HIKERS, BOB) is None


def test_an_edit_twice_is_as_once(subject: Subject) -> None:
    edits = [set_contact(ALICE, BOB, True), set_contact(BOB, ALICE, False)]
    subject.apply(edits)
    subject.apply(edits)
    assert subject.reader.accepts(ALICE, BOB)
    assert not subject.reader.accepts(BOB, ALICE)
