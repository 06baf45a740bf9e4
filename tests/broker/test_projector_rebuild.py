"""A new directory while the old one serves, and what makes the projector build one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broker.projector.rebuild import edits_in, rebuild
from tests.support.directory import found
from tests.support.projector import Cells, applied, contents, decide, edge, person, projector
from tests.support.redis import RedisServer
from xasup.protocol.directory import DeviceRecord, Role, UserRecord, set_contact, set_device, set_member, set_user
from xasup.protocol.groups import Role as Part
from xasup.protocol.ids import ClientId, DeviceId, GroupId, UserId
from xasup.protocol.records import Device, Group, Membership, User
from xasup.wire.directory import DirectoryReader, DirectoryWriter
from xasup.wire.truth import tables
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Cell, Step, Truth
from xasup.wire.truth.redis import RedisTruth

ALICE, BOB = UserId("alice"), UserId("bob")


@pytest.fixture
async def truth(redis: RedisServer) -> AsyncIterator[Truth]:
    async with RedisTruth(redis.url, keep=100) as truth:
        yield truth


def everything() -> Cells:
    return {
        **person("alice"),
        Cell(tables.USERS, "gone"): User(deleted=5).encode(),
        Cell(tables.devices("alice"), "laptop"): Device(bytes(32), 7).encode(),
        **edge("alice", "bob", open_=True),
        **edge("alice", "eve", open_=False),
        Cell(tables.GROUPS, "hikers"): Group("Hikers", 0, "alice").encode(),
        Cell(tables.members("hikers"), "alice"): Membership(Part.OWNER).encode(),
        Cell(tables.members("hikers"), "bob"): Membership(Part.INVITED).encode(),
        Cell(tables.memberships("alice"), "hikers"): Membership(Part.OWNER).encode(),
    }


async def test_the_tables_make_the_same_directory_as_the_changes(tmp_path: Path) -> None:
    truth = MemoryTruth()
    await truth.commit(Step(put=everything()))
    with DirectoryWriter(tmp_path) as writer:
        assert await rebuild(truth, writer) == "0-0"
    edits = [
        set_user(ALICE, UserRecord()),
        set_device(ClientId(ALICE, DeviceId("laptop")), DeviceRecord(bytes(32), 7)),
        set_contact(ALICE, BOB, True),
        set_member(GroupId("hikers"), ALICE, Role.OWNER),
    ]
    assert contents(tmp_path) == {edit.key: edit.value for edit in edits}


async def test_a_cell_that_cannot_be_read_opens_nothing(tmp_path: Path) -> None:
    truth = MemoryTruth()
    await truth.commit(Step(put={**person("alice"), Cell(tables.contacts("alice"), "bob"): b"not JSON"}))
    with DirectoryWriter(tmp_path) as writer:
        await rebuild(truth, writer)
    assert list(contents(tmp_path)) == [b"u/alice"]


async def test_many_owners_and_long_tables(tmp_path: Path, truth: Truth) -> None:
    await truth.commit(Step(put={cell: value for n in range(300) for cell, value in person(f"u{n}").items()}))
    edges = [edge("u7", f"u{n}", open_=True) for n in range(3000)]
    await truth.commit(Step(put={cell: value for each in edges for cell, value in each.items()}))
    with DirectoryWriter(tmp_path) as writer:
        await rebuild(truth, writer)
    assert len(contents(tmp_path)) == 3300


async def test_what_changes_during_a_rebuild_is_in_it(tmp_path: Path, truth: Truth) -> None:
    await truth.commit(Step(put={cell: value for n in range(500) for cell, value in person(f"u{n}").items()}))
    done = asyncio.Event()

    async def keep_deciding() -> None:
        for n in range(100_000):
            if done.is_set():
                return
            await decide(truth, edge(f"u{n % 500}", "u0", open_=n % 3 > 0))

    deciding = asyncio.create_task(keep_deciding())
    with DirectoryWriter(tmp_path) as writer:
        position = await rebuild(truth, writer)
        done.set()
        await deciding
        while entries := await truth.changes(position, 1000, 0):
            writer.apply(edits_in(entries), position := entries[-1].position)
    kept = contents(tmp_path)
    with DirectoryWriter(tmp_path) as writer:
        await rebuild(truth, writer)
    assert contents(tmp_path) == kept


async def test_a_reader_that_stays_open_sees_the_new_directory(
    tmp_path: Path, redis: RedisServer, truth: Truth
) -> None:
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        await decide(truth, person(ALICE))
        await applied(truth, await decide(truth, edge(ALICE, BOB, open_=True)))
        await follower.end()
    with DirectoryReader(tmp_path / "directory") as reader:
        assert reader.accepts(ALICE, BOB)
        async with projector(tmp_path, redis.url, ["--rebuild"]) as follower:
            await follower.logged("directory rebuilt")
            await follower.ready()
            assert reader.accepts(ALICE, BOB)
            await applied(truth, await decide(truth, edge(ALICE, BOB, open_=False)))
            assert not reader.accepts(ALICE, BOB)
    assert [path.name for path in (tmp_path / "directory").glob("g-*")] == ["g-000002"]


async def test_a_gap_in_the_changes_is_closed_from_the_tables(tmp_path: Path, redis: RedisServer, truth: Truth) -> None:
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        await applied(truth, await decide(truth, person(ALICE)))
        await follower.end()
    positions = await asyncio.gather(*(decide(truth, edge(ALICE, f"u{n}", open_=True)) for n in range(1000)))
    await truth.report_applied("local", positions[-1])  # a lie, so that the changes are trimmed
    async with projector(tmp_path, redis.url) as follower:
        assert "not in the stream" in await follower.logged("must be rebuilt")
        await follower.ready()
        assert len(contents(tmp_path / "directory")) == 1001


async def test_a_truth_that_lost_its_past_empties_the_directory(
    tmp_path: Path, redis: RedisServer, truth: Truth
) -> None:
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        await applied(truth, await decide(truth, person(ALICE)))
        await follower.end()
    redis.command("FLUSHALL")
    await decide(truth, person(BOB))
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        assert list(contents(tmp_path / "directory")) == [b"u/bob"]


@pytest.mark.parametrize("spoil", ["missing", "garbage", "cut short", "half built"])
async def test_a_spoiled_directory_is_built_anew(tmp_path: Path, redis: RedisServer, truth: Truth, spoil: str) -> None:
    await decide(truth, person(ALICE))
    found(tmp_path / "directory", [set_contact(ALICE, BOB, True)])
    data = tmp_path / "directory" / "current" / "data.mdb"
    match spoil:
        case "missing":
            (tmp_path / "directory" / "current").unlink()
        case "garbage":
            data.write_bytes(os.urandom(50_000))
        case "cut short":
            os.truncate(data, 4096)
        case "half built":
            data.unlink()
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        assert list(contents(tmp_path / "directory")) == [b"u/alice"]


async def test_a_directory_removed_under_the_projector_comes_back(
    tmp_path: Path, redis: RedisServer, truth: Truth
) -> None:
    await decide(truth, person(ALICE))
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        (tmp_path / "directory" / "current" / "data.mdb").unlink()
        await follower.logged("directory rebuilt")
        await applied(truth, await decide(truth, person(BOB)))
        assert list(contents(tmp_path / "directory")) == [b"u/alice", b"u/bob"]


async def test_a_change_that_cannot_be_read_is_passed_by_way_of_the_tables(
    tmp_path: Path, redis: RedisServer, truth: Truth
) -> None:
    async with projector(tmp_path, redis.url) as follower:
        await follower.ready()
        await truth.commit(Step(put=person(ALICE), change=b"not a change"))
        assert "cannot be followed" in await follower.logged("expected UTF-8 JSON")
        await applied(truth, await decide(truth, person(BOB)))
        assert list(contents(tmp_path / "directory")) == [b"u/alice", b"u/bob"]
