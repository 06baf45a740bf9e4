"""Act T4: what its check names, and its short form on real processes."""

from __future__ import annotations

import os
import random
from collections.abc import Collection
from pathlib import Path

import pytest

from xasup.chaos.act import Order
from xasup.chaos.storage.case import FILES, Case, Seen, cases, line
from xasup.chaos.storage.damage import Kind, Place, spoil
from xasup.chaos.storage.play import storage
from xasup.chaos.storage.scenes import clear
from xasup.chaos.storage.texts import GARBLED, MISSING, OPENED, Ledger, OnScreen, Written, judge

LEDGER = Ledger(
    {
        "m1": Written("alice", "bob", "the fox", True),
        "m2": Written("bob", "alice", "the hen", True),
        "m3": Written("mallory", "bob", "let me in", False),
    },
    {"m1", "m2"},
)
FOX, HEN = OnScreen("alice", "alice", "m1", "the fox"), OnScreen("alice", "bob", "m2", "the hen")


def named(*lines: OnScreen) -> Collection[str]:
    return {kind for kind, found in judge(LEDGER, {"bob laptop": lines}).items() if found}


def test_what_was_written_and_all_of_it_is_right() -> None:
    assert named(FOX, HEN) == set()


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((FOX._replace(text="the fnx"), HEN), GARBLED),
        ((FOX._replace(sender="alicd"), HEN), GARBLED),
        ((FOX._replace(conversation="carol"), HEN), GARBLED),
        ((FOX, HEN, OnScreen("alice", "alice", "m9", "nobody wrote this")), GARBLED),
        ((FOX, HEN, OnScreen("mallory", "mallory", "m3", "let me in")), OPENED),
        ((FOX,), MISSING),
    ],
)
def test_control_a_changed_text_an_opened_consent_and_a_loss_are_named(lines: list[OnScreen], kind: str) -> None:
    assert named(*lines) == {kind}


def test_a_refusal_names_the_file_and_what_to_do() -> None:
    path = Path("/data/history.sqlite")
    assert clear("/data/history.sqlite is damaged; restore a backup", path)
    assert not clear("/data/history.sqlite: disk I/O error", path)
    assert not clear("something is damaged; restore a backup", path)


def test_a_disk_changes_one_bit_or_loses_an_end_and_does_not_say_when(tmp_path: Path) -> None:
    path, dice = tmp_path / "file", random.Random(3)
    for place in Place:
        path.write_bytes(bytes(range(256)) * 8)
        os.utime(path, ns=(5, 7))
        damage = spoil(path, Kind.FLIP, place, dice)
        before, after = bytes(range(256)) * 8, path.read_bytes()
        assert [at for at in range(2048) if before[at] != after[at]] == [damage.offset]
        assert (before[damage.offset] ^ after[damage.offset]).bit_count() == 1
        assert path.stat().st_mtime_ns == 7
        assert path.stat().st_size == 2048 > spoil(path, Kind.CUT, place, dice).offset == path.stat().st_size


def test_a_bit_of_a_word(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 999 + b"secret" + b"x" * 999)
    assert 999 <= spoil(path, Kind.FLIP, Place.HEAD, random.Random(3), word=b"secret").offset < 1005
    with pytest.raises(ValueError, match="no b'gone'"):
        spoil(path, Kind.FLIP, Place.HEAD, random.Random(3), word=b"gone")


def test_every_part_is_flipped_and_cut_at_every_place() -> None:
    found = cases("redis", short=False, dice=random.Random(1))
    assert {(it.part, it.kind, it.place) for it in found} >= {
        (part, kind, place) for part in FILES for kind in (Kind.FLIP, Kind.CUT) for place in Place
    }
    assert len(found) >= 40
    assert len(cases("redis", short=True, dice=random.Random(1))) == 8
    assert found == cases("redis", short=False, dice=random.Random(1))


def test_a_case_is_one_line() -> None:
    case = Case("history", Kind.CUT, Place.TAIL)
    assert line(case, Seen("cut at byte 7 of 9", wrong={GARBLED: ["x"]})) == (
        "history | cut at byte 7 of 9 | it serves | WRONG: shown is what nobody wrote"
    )
    assert line(case, Seen("cut at byte 7 of 9", said="set aside")).endswith("set aside | healed, and said so")


@pytest.mark.timeout(300)  # a machine that does much else at the same time
@pytest.mark.xdist_group("chaos")
async def test_disks_that_err_show_nobody_what_nobody_wrote_and_open_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("t4")
    told: list[str] = []
    outcome = await storage(Order(seed=20261126, short=True), folder, told.append)
    assert outcome.good, told
    assert outcome.counts["cases"] == 8
