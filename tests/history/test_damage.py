"""History's file changed by the disk: shown to nobody, opens nothing, filled anew where the log has everything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from history.anew import opened
from history.shelf import shelved
from tests.support.mailboxes import GENERATION, joins, keep, leaves, message, sqlite
from xasup.protocol.errors import Damaged
from xasup.protocol.ids import UserId
from xasup.wire.log.memory import MemoryLog
from xasup.wire.log.port import Extent, Shard
from xasup.wire.mailboxes import SqliteMailboxes, Wanted, open_file
from xasup.wire.mailboxes.schema import FIRST, VERSION
from xasup.wire.store.repair import doubt

ALICE, BOB, MALLORY = UserId("alice"), UserId("bob"), UserId("mallory")


def filled(path: Path) -> None:
    boxes = sqlite(path)
    keep(boxes, joins("bob", "hikers"), joins("mallory", "hikers"), message("alice", "bob", "m1", payload=b"the fox"))
    keep(boxes, leaves("mallory", "hikers", at=2000), message("bob", "g:hikers", "m2", at=3000, payload=b"in secret"))
    boxes.close()


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(statement).rowcount > 0


@pytest.mark.parametrize(
    ("statement", "user"),
    [
        ("UPDATE letters SET payload = x'746865206f6f78'", BOB),
        ("UPDATE letters SET at = at + 1", BOB),
        ("UPDATE topics SET topic = replace(topic, 'msg/alice', 'msg/alicf')", BOB),
        ("UPDATE topics SET topic = replace(topic, 'v1', 'v3')", BOB),
        (
            "UPDATE places SET box = (SELECT id FROM boxes WHERE name = 'u/mallory')"
            " WHERE box = (SELECT id FROM boxes WHERE name = 'u/bob')",
            MALLORY,
        ),
        ('UPDATE memberships SET "end" = 1 << 60', MALLORY),
        ("UPDATE memberships SET user = (SELECT id FROM boxes WHERE name = 'u/alice') WHERE until > 1 << 60", ALICE),
        ("DELETE FROM letters WHERE id = 'm1'", BOB),
    ],
)
def test_what_was_changed_is_shown_to_nobody(tmp_path: Path, statement: str, user: UserId) -> None:
    path = tmp_path / "h.sqlite"
    filled(path)
    change(path, statement)
    boxes = sqlite(path)
    with pytest.raises(Damaged, match="h.sqlite is damaged"):
        boxes.page(Wanted(user))
    boxes.close()
    assert doubt(path).exists()
    with pytest.raises(Damaged):
        open_file(path, lambda: GENERATION)


def test_control_without_sums_the_changed_text_would_be_shown(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    filled(path)
    change(path, "UPDATE letters SET payload = x'746865206f6f78', sum = NULL")
    boxes = sqlite(path)
    assert next(entry.payload for entry in boxes.page(Wanted(BOB)).entries) == b"the oox"
    boxes.close()


def test_a_place_in_the_log_that_is_in_doubt_is_none(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    boxes = sqlite(path)
    keep(boxes, message("alice", "bob", "m1"), offset="7")
    boxes.close()
    change(path, "UPDATE cursor SET offset = '9'")
    boxes = sqlite(path)
    with pytest.raises(Damaged, match="the place in"):
        boxes.cursor()
    boxes.close()


async def test_whoever_serves_them_ends_when_the_look_at_all_of_them_finds_damage(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    filled(path)
    change(path, "UPDATE letters SET at = at + 1 WHERE id = 'm2'")
    async with shelved(sqlite(path)) as shelf:
        with pytest.raises(Damaged, match="letter .* is not what was written"):
            await shelf.watch()


async def test_it_is_filled_anew_where_the_log_has_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    filled(path)
    doubt(path).touch()
    boxes = await opened(path, MemoryLog(), lambda: "00000000000000b2")
    assert isinstance(boxes, SqliteMailboxes)
    assert (boxes.generation, boxes.cursor()) == ("00000000000000b2", {})
    boxes.close()
    assert path.with_name("h.sqlite.damaged-1").exists()


async def test_else_somebody_has_to_decide(tmp_path: Path) -> None:
    class Trimmed(MemoryLog):
        async def extent(self, stream: str) -> dict[Shard, Extent]:
            return {Shard(stream, 0): Extent("5", "9", 5, 0)}

    path = tmp_path / "h.sqlite"
    filled(path)
    doubt(path).touch()
    with pytest.raises(Damaged, match=r"h\.sqlite .* no longer has its beginning: restore a backup"):
        await opened(path, Trimmed(), lambda: "00000000000000b2")
    assert path.exists()


def test_a_file_of_the_version_before_opens_and_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(FIRST)
        db.execute("INSERT INTO meta VALUES (?, 1)", (GENERATION,))
        db.execute("INSERT INTO boxes VALUES (1, 'u/bob'), (2, 'u/alice'), (3, 'c/alice:bob')")
        db.execute("INSERT INTO topics VALUES (1, 'xasup/v1/u/bob/msg/alice')")
        db.execute("INSERT INTO letters VALUES (1, 'm1', 2, 1, 5, '0/1', x'61')")
        db.execute("INSERT INTO places VALUES (1, 1)")
        db.execute("INSERT INTO cursor VALUES ('xasup.messages', 0, '1')")
        db.execute("PRAGMA user_version = 1")
    boxes = sqlite(path)
    assert [entry.payload for entry in boxes.page(Wanted(BOB)).entries] == [b"a"]
    assert boxes.cursor() == {Shard("xasup.messages", 0): "1"}
    boxes.check(lambda: False)
    boxes.close()
    assert VERSION == 2
