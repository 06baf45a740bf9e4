"""`xasup send` and `xasup listen`, as processes: pipes, statuses, secrets, foreign text."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.backend import Account, Backend, people
from tests.support.engine import connect_string
from tests.support.ports import free_port

XASUP = [sys.executable, "-c", "from xasup.cli.main import main; main()"]
PATIENCE = 30.0


class Desk:
    """One person's home: their configuration, their device's file, their account."""

    def __init__(self, home: Path, account: Account) -> None:
        self.home, self.user = home, account.user
        self.string = connect_string(account).reveal()
        home.mkdir()
        self.file = home / "account"
        self.file.write_text(self.string + "\n")

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        env = {name: value for name, value in os.environ.items() if not name.startswith("XASUP_")}
        home = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "c"), "XDG_DATA_HOME": str(self.home / "d")}
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *XASUP, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=env | home | environment
        )

    async def run(self, *arguments: str, input: str = "", **environment: str) -> tuple[int, str, str]:
        process = await self.start(*arguments, **environment)
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate(input.encode())
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def show_up(self) -> None:
        """From then on the broker keeps what comes for this device."""
        listener = await self.start("listen", "--json", XASUP_CONNECT=self.string)
        await online(listener)
        listener.terminate()
        await listener.communicate()

    @property
    def remembered(self) -> list[Path]:
        return list((self.home / "c" / "xasup" / "accounts").glob("*"))

    @contextmanager
    def broken(self, text: str) -> Iterator[str]:
        path = self.home / "broken"
        path.write_text(text)
        yield str(path)


@pytest.fixture
async def desks(backend: Backend, tmp_path: Path) -> list[Desk]:
    """Alice's and Bob's, who are contacts, and Mallory's, who is nobody's."""
    accounts = await backend.users("alice", "bob", "mallory")
    async with people(*accounts[:2]) as [alice, bob]:
        await backend.friends(alice, bob)
    return [Desk(tmp_path / account.user, account) for account in accounts]


async def lines(process: asyncio.subprocess.Process, count: int) -> list[Any]:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        return [json.loads(await process.stdout.readline()) for _ in range(count)]


async def online(listener: asyncio.subprocess.Process) -> None:
    """Until `listen --json` says so."""
    while (await lines(listener, 1))[0].get("link") != "online":
        pass


async def test_from_a_pipe_to_a_listener(desks: list[Desk]) -> None:
    alice, bob, _ = desks
    listener = await bob.start("listen", "--json", "--mark-read", "--count", "2", "--connect-file", str(bob.file))
    await online(listener)

    status, id, err = await alice.run("send", bob.user, input="hi\nbob\n", XASUP_CONNECT=alice.string)
    assert (status, err) == (0, "")
    status, out, err = await alice.run("send", bob.user, "and\x1b[2J again", "--wait", "read", "--json")
    assert (status, err) == (0, "")  # without a connect string: the one used last
    said = json.loads(out)
    assert (said["state"], said["to"]) == ("read", bob.user)

    async with asyncio.timeout(PATIENCE):
        rest, _ = await listener.communicate()
    assert b"\x1b" not in rest
    told = [json.loads(line) for line in rest.splitlines()]
    messages = [it for it in told if it["event"] == "message"]
    assert [it["text"] for it in messages] == ["hi\nbob", "and\x1b[2J again"]
    assert [it["id"] for it in messages] == [id.strip(), said["id"]]
    assert listener.returncode == 0


async def test_nothing_is_missed_between_two_runs(desks: list[Desk]) -> None:
    alice, bob, _ = desks
    await bob.show_up()
    texts = [f"line {n}" for n in range(5)]
    status, _, err = await alice.run("send", bob.user, "--lines", input="\n".join(texts), XASUP_CONNECT=alice.string)
    assert (status, err) == (0, "")
    got = []
    for count in (2, 3):
        status, out, err = await bob.run(
            "listen", "--count", str(count), "--for", "20", "--mark-read", XASUP_CONNECT=bob.string
        )
        assert (status, err) == (0, "")
        got += out.splitlines()
    assert got == [f"{alice.user}: {text}" for text in texts]


async def test_the_account_is_remembered_for_its_owner_alone(desks: list[Desk]) -> None:
    alice, bob, _ = desks
    status, _, err = await alice.run("listen", "--for", "0.1")
    assert status == 2
    assert "--connect-file" in err
    assert "XASUP_CONNECT" in err
    assert (await alice.run("send", bob.user, "x", "--connect-file", "-", input=alice.string + "\n"))[0] == 0
    [remembered] = alice.remembered
    assert json.loads(remembered.read_text())["connect"] == alice.string
    assert stat.S_IMODE(remembered.stat().st_mode) == 0o600
    assert (await alice.run("send", bob.user, "y"))[0] == 0


async def test_the_text_may_follow_the_account_on_standard_input(desks: list[Desk]) -> None:
    alice, bob, _ = desks
    status, _, err = await alice.run("send", bob.user, "--connect-file", "-", input=f"{alice.string}\nthe text")
    assert (status, err) == (0, "")


async def test_a_refusal_is_status_1_and_names_the_reason(desks: list[Desk]) -> None:
    alice, _, mallory = desks
    status, out, err = await mallory.run("send", alice.user, "hi", "--json", XASUP_CONNECT=mallory.string)
    assert status == 1
    assert json.loads(out)["reason"] == "not-accepted"
    assert err == f"xasup: {alice.user}: not-accepted\n"


async def test_without_a_broker_it_stays_in_the_outbox(desks: list[Desk]) -> None:
    alice, bob, _ = desks
    nowhere = alice.string.rpartition(":")[0] + f":{free_port()}/phone"
    status, _, err = await alice.run("send", bob.user, "hi", "--timeout", "0.5", XASUP_CONNECT=nowhere)
    assert status == 2
    assert "stays in the outbox" in err
    assert "nobody listens" in err
    assert not alice.remembered


@pytest.mark.parametrize(
    ("arguments", "input", "sentence"),
    [
        (["bob"], "", "standard input is empty"),
        (["Bob!", "hi"], "", "expected 1 to 32 of a-z"),
        (["bob", ""], "", "at least one character"),
        (["bob"], "x" * 70_000, "at most 65536"),
        (["bob", "hi", "--re", "no id"], "", "expected 1 to 64"),
    ],
)
async def test_bad_input_is_status_2(desks: list[Desk], arguments: list[str], input: str, sentence: str) -> None:
    [alice, *_] = desks
    status, out, err = await alice.run("send", *arguments, input=input, XASUP_CONNECT=alice.string)
    assert (status, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


async def test_broken_connect_strings_never_show_their_token(desks: list[Desk]) -> None:
    [alice, *_] = desks
    for text in ("", "hello", "xasup://alice:SECRET@:1/phone", "http://alice:SECRET@host/phone", "\x1b[2J"):
        with alice.broken(text) as file:
            status, _, err = await alice.run("listen", "--connect-file", file)
        assert status == 2
        assert file in err
        assert "SECRET" not in err
        assert "\x1b" not in err
    status, _, err = await alice.run("listen", "--connect-file", str(alice.home / "missing"))
    assert (status, "No such file" in err) == (2, True)


async def test_an_unknown_token_is_status_1(desks: list[Desk]) -> None:
    [alice, *_] = desks
    wrong = alice.string.replace(connect_token(alice.string), "wrong")
    for command in (["listen"], ["send", "bob", "hi"]):
        status, _, err = await alice.run(*command, XASUP_CONNECT=wrong)
        assert status == 1
        assert "token is wrong, expired or revoked" in err
        assert "wrong@" not in err


async def test_one_device_runs_once(desks: list[Desk]) -> None:
    [alice, *_] = desks
    listener = await alice.start("listen", "--json", XASUP_CONNECT=alice.string)
    await online(listener)
    status, _, err = await alice.run("listen", XASUP_CONNECT=alice.string)
    assert status == 2
    assert f"in use by process {listener.pid}" in err
    listener.terminate()
    await listener.communicate()


def connect_token(string: str) -> str:
    return string.split("://", 1)[1].split(":", 1)[1].rsplit("@", 1)[0]
