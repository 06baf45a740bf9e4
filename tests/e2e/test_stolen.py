"""A stolen data directory: hashes alone. Every token and link code that people were ever given is looked for in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.backend import Backend, running_backend
from tests.support.engine import befriend, connect_string, engines
from xasup.client import MessageAdded, redeem
from xasup.protocol.connect import parse
from xasup.protocol.states import State


def holding(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Files of *folder* in which one of *secrets* stands, in the clear."""
    spelled = [secret.encode() for secret in secrets]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and any(secret in path.read_bytes() for secret in spelled)
    ]


@pytest.fixture
def thief_of() -> Iterator[Backend]:
    with running_backend() as backend:
        yield backend


async def test_no_token_and_no_link_code_is_in_the_data(thief_of: Backend, tmp_path: Path) -> None:
    accounts = [connect_string(account) for account in await thief_of.users("alice", "bob")]
    given = [account.token for account in accounts]
    async with engines(tmp_path, *accounts) as (alice, bob):
        await befriend(alice, bob)
        id = await alice.client.send(bob.user, "hello")
        await bob.hears(MessageAdded, lambda it: it.message.text == "hello")
        await alice.sees(id, State.DELIVERED)
        watch = await alice.client.link_device("watch")
        code = parse((await alice.client.link_code("tablet")).text)
        lasting = await redeem(code)
        unused = parse((await alice.client.link_code("lamp")).text)
        given += [watch.token, code.token, lasting.token, unused.token]
        await alice.client.revoke_device("watch")
    services = [path.read_text() for path in thief_of.settings.secrets.iterdir()]
    thief_of.stop()  # all is written, the broker's sessions too
    data = thief_of.settings.data
    assert len(given) == 6 and len(services) >= 7
    assert holding(data, given) == []
    assert all(where.startswith("secrets/") for where in holding(data, services))
    (data / "control").write_text(f"a log line with {given[0]} in it")  # the control
    assert holding(data, given) == ["control"]


def test_the_files_that_were_looked_through_are_all_there_are(tmp_path: Path) -> None:
    """The control: it looks into folders, and at bytes."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.aof").write_bytes(b"\x00\xffsecret\x00")
    assert holding(tmp_path, ["secret"]) == ["a/b/c.aof"] and holding(tmp_path, ["secrets"]) == []
