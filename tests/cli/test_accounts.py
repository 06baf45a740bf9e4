"""`xasup accounts` as a process, and link codes wherever a connect string can be given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.test_send_listen import Desk
from tests.support.backend import Backend
from tests.support.engine import connect_string, engines
from xasup.cli.accounts import accounts
from xasup.protocol.connect import parse


@pytest.fixture
async def desk(backend: Backend, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "alice", await backend.user("alice"))


async def listed(desk: Desk) -> list[dict[str, Any]]:
    status, out, _ = await desk.run("accounts", "list", "--json")
    assert status == 0
    return [json.loads(line) for line in out.splitlines()]


async def test_an_account_from_nothing_to_nothing(desk: Desk) -> None:
    token = parse(desk.string).token
    printed = []

    async def run(*arguments: str, expected: int = 0) -> str:
        status, out, err = await desk.run("accounts", *arguments)
        assert status == expected, err
        printed.append(out + err)
        return out + err

    assert "none yet" in await run()
    assert "is kept; the broker" in await run("add", "--connect-file", str(desk.file))
    assert desk.user in await run()
    [known] = await listed(desk)
    assert (known["user"], known["device"], known["by_code"]) == (desk.user, "phone", False)
    assert known["let_in"] > 0
    assert "lets" in await run("check")
    assert "used from now on" in await run("use", desk.user)
    assert "127.0.0.1" in await run("show")
    assert "no account 'nobody'" in await run("use", "nobody", expected=2)
    assert "the input has ended" in await run("remove", desk.user, expected=2)
    assert "is forgotten" in await run("remove", desk.user, "--yes")
    assert await listed(desk) == []
    assert token not in "".join(printed)


async def test_one_that_does_not_work_is_not_kept_and_why_is_said(desk: Desk) -> None:
    desk.file.write_text(desk.string.replace(parse(desk.string).token, "verysecret"))
    status, _, err = await desk.run("accounts", "add", "--connect-file", str(desk.file))
    assert status == 1
    assert "the token is wrong" in err
    assert "verysecret" not in err
    assert await listed(desk) == []


async def test_a_device_that_was_revoked_is_known_to_have_worked(desk: Desk, backend: Backend, tmp_path: Path) -> None:
    await desk.run("accounts", "add", "--connect-file", str(desk.file))
    async with engines(tmp_path, parse(desk.string)) as [me]:
        await me.client.revoke_device("phone")
    status, out, _ = await desk.run("accounts", "check", "--json")
    assert status == 1
    assert (json.loads(out)["verdict"], json.loads(out)["ok"]) == ("revoked", False)


@pytest.mark.parametrize("command", [("accounts", "add"), ("listen", "--for", "5", "--count", "1")])
async def test_a_link_code_becomes_an_account_once(backend: Backend, tmp_path: Path, command: tuple[str, ...]) -> None:
    alice = await backend.user("alice")
    desk = Desk(tmp_path / "new", alice)
    async with engines(tmp_path, connect_string(alice)) as [me]:
        desk.file.write_text((await me.client.link_code("tablet")).text)
    code = parse(desk.file.read_text()).token
    status, out, err = await desk.run(*command, "--connect-file", str(desk.file))
    assert status == 0, err
    [known] = await listed(desk)
    assert (known["device"], known["by_code"]) == ("tablet", True)
    assert "is linked as" in err
    assert code not in out + err
    assert (await desk.run("accounts", "check"))[0] == 0  # the account that it became still works


async def test_a_used_code_is_refused_but_where_it_was_used(backend: Backend, tmp_path: Path) -> None:
    alice = await backend.user("alice")
    here, elsewhere = Desk(tmp_path / "here", alice), Desk(tmp_path / "elsewhere", alice)
    async with engines(tmp_path, connect_string(alice)) as [me]:
        for desk, code in zip((here, elsewhere), [(await me.client.link_code("tablet")).text] * 2, strict=True):
            desk.file.write_text(code)
    listen = ("listen", "--for", "3", "--connect-file")
    assert (await here.run(*listen, str(here.file)))[0] == 0
    status, _, err = await here.run(*listen, str(here.file))
    assert status == 0
    assert "is linked here" in err
    status, _, err = await elsewhere.run(*listen, str(elsewhere.file))
    assert status == 1
    assert "make a new one" in err


async def test_two_accounts_and_the_option_that_names_one(backend: Backend, tmp_path: Path) -> None:
    alice, bob = await backend.users("alice", "bob")
    desk = Desk(tmp_path / "home", alice)
    for account in (alice, bob):
        desk.file.write_text(connect_string(account).reveal())
        assert (await desk.run("accounts", "add", "--connect-file", str(desk.file)))[0] == 0
    assert [it["user"] for it in await listed(desk)] == [bob.user, alice.user]
    status, _, err = await desk.run("listen", "--account", alice.user, "--for", "3")
    assert status == 0, err
    assert [it["user"] for it in await listed(desk)] == [alice.user, bob.user]
    status, _, err = await desk.run("listen", "--account", alice.user, "--connect-file", str(desk.file))
    assert status == 2
    assert "--account" in err


def commands() -> Iterator[click.Command]:
    yield accounts
    yield from accounts.commands.values()


@pytest.mark.parametrize("command", list(commands()), ids=lambda it: it.name)
def test_every_command_has_an_example_and_speaks_json(command: click.Command) -> None:
    assert "xasup accounts" in (command.help or "").partition("xample")[2]
    assert command is accounts or "--json" in {option for each in command.params for option in each.opts}
