"""A data directory and devices' files written before there were numbers of layout and schema open as if nothing were.

`data-0.tar.gz` was written by the code of that time: two people, contacts, five messages that were delivered.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contacts.operations import devices
from contacts.operations.operation import ADMIN
from contacts.operations.perform import perform
from tests.support.engine import engine
from tests.support.process import now_ms
from xasup.client import Contact, ContactChanged
from xasup.protocol.connect import ConnectString
from xasup.protocol.contacts import Edge
from xasup.protocol.ids import ClientId, DeviceId, UserId
from xasup.runtime.settings import Settings
from xasup.stack import apart, stack
from xasup.wire.directory import DirectoryReader
from xasup.wire.truth import open_truth, schema

TEXTS = {f"text {number}" for number in range(5)}


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xasup-") as name:
        with tarfile.open(Path(__file__).with_name("data-0.tar.gz")) as file:
            file.extractall(name, filter="data")
        yield Path(name)


async def linked(settings: Settings, client: ClientId, token: str) -> ConnectString:
    async with open_truth(settings.redis_url) as truth:
        assert await truth.schema() == schema.SCHEMA
        link = devices.link(client, devices.hash_of(token), by=ADMIN, now=now_ms())
        await perform(truth, link)
    return ConnectString(client, token, settings.host, settings.mqtt_port)


async def test_it_opens_and_nothing_is_missing(folder: Path) -> None:
    settings = apart(folder)
    async with stack(settings):
        assert (settings.data / "layout").read_text() == "1\n"
        with DirectoryReader(settings.directory) as directory:
            assert directory.accepts(UserId("bob"), UserId("alice"))
        phone = await linked(settings, ClientId(UserId("bob"), DeviceId("phone")), "x" * 43)
        async with engine(phone, folder / "phone.sqlite") as bob:  # all from history
            await bob.client.online()
            for text in TEXTS:
                await bob.receives(text)
            await bob.hears(ContactChanged)  # the contacts are asked for beside history
            contacts: list[Contact] = await bob.client.contacts()
            assert [(it.user, it.mine) for it in contacts] == [("alice", Edge.ACCEPTED)]
    async with stack(settings):  # and again, as what it is now
        pass


async def test_a_devices_file_opens(folder: Path) -> None:
    account = ConnectString(ClientId(UserId("alice"), DeviceId("laptop")), "x", "127.0.0.1", 1)
    async with engine(account, folder / "alice.sqlite") as alice:
        assert {line.text for line in await alice.client.messages("bob")} >= TEXTS
