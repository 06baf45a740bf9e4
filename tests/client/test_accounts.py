"""Accounts on this machine: for their owner alone, by name, the last used first, whatever hosts are called."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from xasup.client.accounts import Accounts, Known
from xasup.protocol.connect import parse
from xasup.protocol.errors import Malformed, Unavailable

ALICE = Known(parse("xasup://alice:secret-a@chat.example.org:1883/laptop"))
PHONE = Known(parse("xasup://alice:secret-p@chat.example.org:1883/phone"))
BOB = Known(parse("xasups://bob:secret-b@[::1]:8883/laptop"))


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "xasup" / "accounts")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_there_are_none_at_first(accounts: Accounts) -> None:
    assert (accounts.all(), accounts.last(), accounts.broken()) == ([], None, [])


def test_the_one_used_last_comes_first(accounts: Accounts) -> None:
    accounts.let_in(ALICE, 1000)
    accounts.let_in(BOB, 2000)
    assert [known.name for known in accounts.all()] == ["bob/laptop@[::1]:8883", "alice/laptop@chat.example.org:1883"]
    accounts.use(accounts.find("alice"), 3000)
    last = accounts.last()
    assert last is not None
    assert (last.connect, last.used, last.let_in) == (ALICE.connect, 3000, 1000)


def test_they_are_for_their_owner_alone(accounts: Accounts, tmp_path: Path) -> None:
    folder = tmp_path / "xasup" / "accounts"
    folder.mkdir(parents=True, mode=0o755)
    accounts.keep(ALICE)
    assert mode(folder) == 0o700
    assert [mode(path) for path in folder.iterdir()] == [0o600]


def test_a_new_token_takes_the_place_of_the_old_one(accounts: Accounts, tmp_path: Path) -> None:
    accounts.let_in(replace(ALICE, by_code=True, ca_file=tmp_path / "ca.pem"), 1000)
    accounts.let_in(ALICE, 2000)
    [known] = accounts.all()
    assert (known.by_code, known.ca_file) == (True, tmp_path / "ca.pem")  # what is known of it stays
    accounts.let_in(replace(ALICE, connect=replace(ALICE.connect, token="new")), 3000)
    [known] = accounts.all()
    assert (known.connect.token, known.by_code) == ("new", False)


@pytest.mark.parametrize("name", ["bob", "bob/laptop", "bob:laptop", "bob@::1", "bob/laptop@::1", BOB.name])
def test_one_is_found_by_as_much_of_its_name_as_tells_it(accounts: Accounts, name: str) -> None:
    for known in (ALICE, PHONE, BOB):
        accounts.keep(known)
    assert accounts.find(name).connect == BOB.connect


def test_a_name_that_says_too_little_or_too_much_is_pointed_out(accounts: Accounts) -> None:
    for known in (ALICE, PHONE, BOB):
        accounts.keep(known)
    with pytest.raises(Malformed, match=r"alice/laptop@chat.example.org:1883, alice/phone@chat.example.org:1883"):
        accounts.find("alice")
    with pytest.raises(Malformed, match="no account 'carol'"):
        accounts.find("carol")


def test_one_that_is_removed_is_gone(accounts: Accounts, tmp_path: Path) -> None:
    accounts.keep(ALICE)
    [file] = (tmp_path / "xasup" / "accounts").iterdir()
    draft = file.with_name(f".{file.name}.4242.new")  # of a process that was killed while it wrote
    draft.write_text(file.read_text())
    assert len(accounts.all()) == 1
    accounts.remove(ALICE)
    accounts.remove(ALICE)
    assert accounts.all() == []
    assert not draft.exists()


@pytest.mark.parametrize("host", ["..", "..%2f..%2fetc", "x" * 4000, "a%00b", "-rf", "~", "\u202egro.elpmaxe"])
def test_no_host_decides_where_we_write(accounts: Accounts, tmp_path: Path, host: str) -> None:
    hostile = Known(replace(ALICE.connect, host=host))
    accounts.keep(hostile)
    assert accounts.find(hostile.name).connect == hostile.connect
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent for path in files] == [tmp_path / "xasup" / "accounts"]
    assert host not in files[0].name


def test_a_link_code_is_no_account(accounts: Accounts) -> None:
    with pytest.raises(Malformed, match="redeem"):
        accounts.keep(replace(ALICE, connect=replace(ALICE.connect, code=True)))


def test_a_broken_file_hides_no_other(accounts: Accounts, tmp_path: Path) -> None:
    accounts.keep(ALICE)
    folder = tmp_path / "xasup" / "accounts"
    for number, content in enumerate((b"", b"{}", b"\xff", b'{"connect": "xasup://x", "used": 1}', b'{"connect": 5}')):
        (folder / f"broken-{number}.account").write_bytes(content)
    assert [known.name for known in accounts.all()] == [ALICE.name]
    assert len(accounts.broken()) == 5


def test_the_single_one_of_old_is_taken_over(accounts: Accounts, tmp_path: Path) -> None:
    old = tmp_path / "xasup" / "connect"
    old.parent.mkdir()
    old.write_text(ALICE.connect.reveal() + "\n")
    [known] = accounts.all()
    assert known.connect == ALICE.connect
    assert known.used == known.let_in > 0
    assert not old.exists()


def test_what_is_no_account_stays_where_it_is(accounts: Accounts, tmp_path: Path) -> None:
    old = tmp_path / "xasup" / "connect"
    old.parent.mkdir()
    old.write_text("something else")
    assert accounts.all() == []
    assert old.read_text() == "something else"


def test_a_disk_that_does_not_do_its_part_is_named_and_no_token(accounts: Accounts, tmp_path: Path) -> None:
    (tmp_path / "xasup").write_text("a file where the folder should be")
    with pytest.raises(Unavailable) as caught:
        accounts.keep(ALICE)
    assert "cannot be kept" in str(caught.value)
    assert "secret-a" not in str(caught.value)


def test_it_shows_no_token() -> None:
    assert "secret-a" not in f"{ALICE} {ALICE!r} {ALICE.name}"
