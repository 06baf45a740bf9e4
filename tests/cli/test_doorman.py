"""The doorman of the terminal client on a real backend and real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.backend import Backend
from tests.support.engine import connect_string, engines
from tests.support.process import now_ms
from xasup.cli.doorman import MachineDoorman
from xasup.client.accounts import Accounts
from xasup.protocol.connect import parse


def porter(folder: Path) -> MachineDoorman:
    return MachineDoorman(Accounts(folder / "accounts"), None, now_ms)


async def test_who_is_let_in_is_remembered_and_forgotten(backend: Backend, tmp_path: Path) -> None:
    alice, bob = [connect_string(each) for each in await backend.users("alice", "bob")]
    door = porter(tmp_path)
    assert door.accounts() == []
    file = tmp_path / "bob.connect"
    file.write_text(bob.reveal() + "\n")
    first, second = await door.check(alice.reveal()), await door.check(str(file))
    door.here = second.account
    assert (first.wrong, second.wrong) == ("", "")
    assert [(each.key, each.user, each.current) for each in door.accounts()] == [
        (second.account, bob.client.user, True),
        (first.account, alice.client.user, False),
    ]
    assert all(secret.token not in f"{door.accounts()}" for secret in (alice, bob))
    door.forget(second.account)
    assert [each.key for each in door.accounts()] == [first.account]


async def test_a_link_code_becomes_an_account(backend: Backend, tmp_path: Path) -> None:
    alice = connect_string(await backend.user("alice"))
    door = porter(tmp_path)
    async with engines(tmp_path, alice) as [phone]:
        code = (await phone.client.link_code("tablet")).text
        verdict = await door.check(code)
        assert (verdict.account.split("@")[0], verdict.wrong) == (f"{alice.client.user}/tablet", "")
        again = await door.check(code)
        assert again.account == ""
        assert "make a new one" in again.wrong
        assert parse(code).token not in again.wrong


async def test_what_is_wrong_is_said_without_a_secret(backend: Backend, tmp_path: Path) -> None:
    alice = connect_string(await backend.user("alice"))
    door = porter(tmp_path)
    for text, said in (
        (replace(alice, token="verysecret").reveal(), "the token is wrong"),
        ("verysecret", "neither a connect string"),
        ("~nobody-here/verysecret", "neither a connect string"),
        ("xasup://alice:verysecret@:1/laptop", "host is missing"),
        ("", "begin with"),
    ):
        verdict = await door.check(text)
        assert verdict.account == ""
        assert said in verdict.wrong
        assert "verysecret" not in verdict.wrong
    assert door.accounts() == []


async def test_a_device_that_was_revoked_is_known_to_have_worked(backend: Backend, tmp_path: Path) -> None:
    alice = connect_string(await backend.user("alice"))
    door = porter(tmp_path)
    await door.check(alice.reveal())
    async with engines(tmp_path, alice) as [phone]:
        await phone.client.revoke_device("phone")
    assert "since then the device was revoked" in (await door.check(alice.reveal())).wrong
