"""`xasup backup` of a running backend, with people who go on talking, and `xasup restore` of it elsewhere."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.support.commands import XASUP, Commands
from tests.support.engine import Engine, befriend, engine, engines
from xasup.backup.archive import AUTHORITY, HISTORY, TRUTH
from xasup.backup.load import load
from xasup.backup.save import save
from xasup.cli.demo_people import make_person, new_connect_string
from xasup.client import MessageAdded
from xasup.protocol import codec
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Malformed, Refused, Unavailable
from xasup.protocol.states import State
from xasup.protocol.streams import Stream
from xasup.runtime.settings import Settings
from xasup.stack import LogKind, apart, stack
from xasup.wire.redis.link import Link
from xasup.wire.truth import open_truth

BEFORE = 20  # messages that were read before the backup begins


@pytest.fixture
def folder() -> Iterator[Path]:
    """pytest's own are too deep for a socket."""
    with tempfile.TemporaryDirectory(prefix="xasup-") as name:
        yield Path(name)


def quiet(member: str, count: int) -> None:
    """Nobody looks."""


async def put_back(settings: Settings, file: Path, *, force: bool = False) -> Path | None:
    return await load(settings, file, lambda: "0" * 16, "stamp", quiet, force=force)


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[dict[str, ConnectString]]:
    """A backend with two people."""
    async with stack(settings):
        async with open_truth(settings.redis_url) as truth:
            people = {name: new_connect_string(settings, name) for name in ("alice", "bob")}
            for each in people.values():
                await make_person(truth, each)
        yield people


async def talk(alice: Engine, bob: Engine) -> None:
    """Without an end, one message at a time."""
    for number in count():
        id = await alice.client.send(bob.user, f"under way {number}")
        await alice.sees(id, State.DELIVERED)


async def read(alice: Engine, bob: Engine, many: int) -> None:
    for number in range(many):
        await alice.client.send(bob.user, f"text {number}")
    for number in range(many):
        got = await bob.hears(MessageAdded, lambda it, number=number: it.message.text == f"text {number}")  # type: ignore[misc]
        await bob.client.shown(got.message.conversation, [got.message.id])


KAFKA = pytest.param(
    "kafka",
    marks=[
        pytest.mark.xdist_group("kafka"),
        pytest.mark.timeout(300),
        pytest.mark.skipif(not os.environ.get("XASUP_LONG"), reason="three starts of Kafka; XASUP_LONG=1 has them"),
    ],
)


@pytest.mark.parametrize("log", ["redis", KAFKA])
async def test_a_copy_made_under_way_passes_the_audit_and_devices_keep_their_history(
    folder: Path, log: LogKind
) -> None:
    first, file = apart(folder / "a", log), folder / "copy.zip"
    async with at_work(first) as people, engines(folder, *people.values()) as (alice, bob):
        await befriend(alice, bob)
        await read(alice, bob, BEFORE)
        talking = asyncio.create_task(talk(alice, bob))
        await bob.receives("under way 5")
        await save(first, file, quiet)
        assert not talking.done()
        talking.cancel()
        await asyncio.wait([talking])
    assert file.stat().st_mode & 0o777 == 0o600 and not list(folder.glob(".*copy*"))
    second = apart(folder / "b", log)
    assert await put_back(second, file) is None
    async with stack(second):
        audit = await asyncio.to_thread(audit_of(second), "audit", "--json")
        assert audit.status == 0, audit.out + audit.err
        assert audit.json[0]["read"]["messages"] >= BEFORE + 5
        moved = {name: here(second, each) for name, each in people.items()}
        async with engines(folder, *moved.values()) as (alice, bob):  # the devices, with the files that they have
            shown = [line.text for line in await bob.client.messages("alice", limit=1000)]
            assert {f"text {number}" for number in range(BEFORE)} <= set(shown) and len(shown) == len(set(shown))
            id = await alice.client.send("bob", "after all that")
            await bob.receives("after all that")
            await alice.sees(id, State.DELIVERED)
            phone = await bob.client.link_device("phone")
            async with engine(phone, folder / "phone.sqlite") as new:  # it knows nothing, and gets all from history
                await new.receives("after all that")
                held = {line.text for line in await new.client.messages("alice", limit=1000)}
            assert held >= {f"text {number}" for number in range(BEFORE)} | {"under way 5"}
        if log == "redis":
            await lose_a_message(second)  # the control
            spoiled = await asyncio.to_thread(audit_of(second), "audit", "--json")
            assert spoiled.status == 1 and "hole" in spoiled.json[0]["found"], spoiled.out + spoiled.err


async def lose_a_message(settings: Settings) -> None:
    """The log loses one that history has."""
    link = Link(settings.redis_url)
    [found] = await link.ask([("XRANGE", Stream.MESSAGES, "-", "+", "COUNT", BEFORE // 2)])
    assert await link.ask([("XDEL", Stream.MESSAGES, found[-1][0])]) == [1]
    await link.close()


def audit_of(settings: Settings) -> Commands:
    commands = Commands(settings.redis_url, settings.data)
    commands.environment |= {"XASUP_LOG": settings.log, "XASUP_KAFKA_PORT": str(settings.kafka_port)}
    return commands


def here(settings: Settings, account: ConnectString) -> ConnectString:
    return ConnectString(account.client, account.token, settings.host, settings.mqtt_port)


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """A small backup, made by the command line."""
    with tempfile.TemporaryDirectory(prefix="xasup-") as name:
        yield asyncio.run(_small(Path(name)))


async def _small(folder: Path) -> Path:
    settings, file = apart(folder, tls=True), folder / "small.zip"
    async with at_work(settings):
        done = await asyncio.to_thread(run, "backup", str(file), "--data", str(settings.data))
        assert done.returncode == 0 and f"{file} has it" in done.stdout, done.stderr
        again = await asyncio.to_thread(run, "backup", str(file), "--data", str(settings.data))
        assert again.returncode == 2 and "--force" in again.stderr
    return file


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*XASUP, *arguments], capture_output=True, text=True, check=False, timeout=60, env=os.environ)


def test_it_holds_no_secret_of_the_run_and_the_authority(copy: Path) -> None:
    with zipfile.ZipFile(copy) as file:
        assert set(file.namelist()) == {TRUTH, HISTORY, *AUTHORITY, "manifest.json"}


def test_data_are_not_restored_over_without_a_word(copy: Path, folder: Path) -> None:
    data = folder / "data"
    assert run("restore", str(copy), "--data", str(data)).returncode == 0
    (data / "history" / "mine").write_text("kept")
    refused = run("restore", str(copy), "--data", str(data))
    assert refused.returncode == 2 and "--force sets them aside" in refused.stderr
    forced = run("restore", str(copy), "--data", str(data), "--force")
    assert forced.returncode == 0 and "what was there is in" in forced.stdout, forced.stderr
    (aside,) = data.glob("before-restore-*")
    assert (aside / "history" / "mine").read_text() == "kept"
    modes = {path: path.stat().st_mode & 0o077 for path in [data, *data.rglob("*")] if path.name != "mine"}
    assert not any(modes.values()), modes


async def test_a_running_backend_is_not_restored_over(copy: Path, folder: Path) -> None:
    settings = apart(folder)
    async with stack(settings):
        with pytest.raises(Unavailable, match="already runs"):
            await put_back(settings, copy, force=True)


async def test_nothing_that_runs_nothing_to_copy(folder: Path) -> None:
    with pytest.raises(Unavailable):
        await save(apart(folder), folder / "copy.zip", quiet)
    assert not (folder / "copy.zip").exists()


def rewritten(copy: Path, to: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same with other members; None leaves one out."""
    with zipfile.ZipFile(copy) as source, zipfile.ZipFile(to, "w") as target:
        for name in source.namelist():
            if (content := change(name, source.read(name))) is not None:
                target.writestr(name, content)
    return to


def manifest(**facts: object) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        return content if name != "manifest.json" else codec.encode(codec.decode_object(content) | facts)

    return change


def says(**contents: object) -> Callable[[str, bytes], bytes]:
    """Of one member, in the manifest."""

    def change(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        facts = codec.decode_object(content)
        facts["members"][TRUTH] |= contents
        return codec.encode(facts)

    return change


def text(manifest: str) -> Callable[[str, bytes], bytes]:
    return lambda name, content: manifest.encode() if name == "manifest.json" else content


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda name, content: content[:-1] + b"?" if name == HISTORY else content, "damaged"),
        (lambda name, content: content + b"more" if name == TRUTH else content, "damaged"),
        (lambda name, content: None if name == TRUTH else content, "not a backup"),
        (lambda name, content: None if name == "manifest.json" else content, "not a backup"),
        (manifest(format=2), "newer xasup .format 2"),
        (manifest(layout=2), "newer xasup .layout 2"),
        (manifest(schema=2), "newer xasup .schema 2"),
        (manifest(log="kafka"), "--log kafka"),
        (manifest(members={"../../etc/passwd": {"sha256": "0" * 64, "bytes": 1}}), "not one of ours"),
        (manifest(format=[]), "format in its manifest"),
        (manifest(layout="1"), "layout in its manifest"),
        (manifest(schema=1.5), "schema in its manifest"),
        (manifest(log={}), "log in its manifest"),
        (manifest(members=[]), "members in its manifest"),
        (says(bytes="5"), r"members.redis.rdb.bytes in its manifest"),
        (says(bytes=-1), r"members.redis.rdb.bytes in its manifest"),
        (says(sha256="?" * 64), r"members.redis.rdb.sha256 in its manifest"),
        (text('{"format": 1e400}'), "not a backup"),
        (text('{"format": NaN}'), "not a backup"),
        (text("[" * 100_000), "not a backup"),
        (text('{"log": "\\ud800"}'), "not a backup"),
    ],
    ids=[
        *("bit", "longer", "missing", "no manifest", "format", "layout", "schema", "log", "path"),
        *("format a list", "layout a text", "schema a half", "log an object", "members a list"),
        *("size a text", "size below 0", "digest of others", "huge", "NaN", "deep", "surrogate"),
    ],
)
async def test_what_is_not_whole_or_newer_is_refused_and_nothing_is_touched(
    copy: Path, folder: Path, change: Callable[[str, bytes], bytes | None], word: str
) -> None:
    settings = apart(folder)
    settings.history.parent.mkdir(parents=True)
    settings.history.write_text("mine")
    with pytest.raises(Malformed, match=word):
        await put_back(settings, rewritten(copy, folder / "spoiled.zip", change), force=True)
    assert settings.history.read_text() == "mine"
    assert not list(settings.data.glob("before-restore-*")) and not (settings.data / ".restoring").exists()


async def test_control_the_same_rewritten_as_it_is_is_taken(copy: Path, folder: Path) -> None:
    settings = apart(folder)
    settings.history.parent.mkdir(parents=True)
    settings.history.write_text("mine")
    await put_back(settings, rewritten(copy, folder / "good.zip", lambda name, content: content), force=True)
    assert settings.history.read_bytes() != b"mine"


async def test_a_file_that_is_no_archive_is_refused(folder: Path) -> None:
    (folder / "x.zip").write_text("no")
    with pytest.raises(Malformed, match="not a backup of xasup"):
        await put_back(apart(folder), folder / "x.zip")
    with pytest.raises(Refused):
        settings = apart(folder)
        (settings.data / "redis").mkdir(parents=True)
        await put_back(settings, rewritten_small(folder))


async def test_what_has_no_room_is_refused_before_anything_is_touched(copy: Path, folder: Path) -> None:
    settings = apart(folder)
    with pytest.raises(Unavailable, match=r"the backup needs [\d,]+ bytes there, and [\d,]+ are free"):
        await put_back(settings, rewritten(copy, folder / "bomb.zip", says(bytes=1 << 62)))
    assert not (settings.data / ".restoring").exists()


@pytest.mark.parametrize(("at", "bits"), [(6, 1), (8, 99)], ids=["encrypted", "another compression"])
async def test_members_that_another_program_made_are_refused(copy: Path, folder: Path, at: int, bits: int) -> None:
    """*at*: of a member's head, which is there twice."""
    content = bytearray(copy.read_bytes())
    for sign, off in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        begin = -1
        while (begin := content.find(sign, begin + 1)) >= 0:
            content[begin + at + off] = bits
    (folder / "foreign.zip").write_bytes(content)
    with pytest.raises(Malformed, match="not a backup of xasup, or it is damaged"):
        await put_back(apart(folder), folder / "foreign.zip")


async def test_a_member_whose_bytes_are_spoiled_is_refused(copy: Path, folder: Path) -> None:
    content = bytearray(copy.read_bytes())
    with zipfile.ZipFile(copy) as file:
        at = file.getinfo(HISTORY).header_offset + 200
    for index in range(at, at + 40):
        content[index] ^= 0xFF
    (folder / "spoiled.zip").write_bytes(content)
    with pytest.raises(Malformed, match="history.sqlite in the backup is damaged"):
        await put_back(apart(folder), folder / "spoiled.zip")


def rewritten_small(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "empty.zip", "w") as file:
        members = {name: {"sha256": "0" * 64, "bytes": 0} for name in (TRUTH, HISTORY)}
        for name in members:
            file.writestr(name, b"")
        file.writestr("manifest.json", codec.encode({"format": 1, "log": "redis", "members": members}))
    return folder / "empty.zip"
