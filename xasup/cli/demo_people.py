"""alice and bob, for trying things out: made once, their connect strings kept in files of the owner's."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from contacts.accounts import create_device, create_person
from xasup.protocol import connect
from xasup.protocol.connect import ConnectString
from xasup.protocol.errors import Refused
from xasup.protocol.ids import ClientId
from xasup.runtime.settings import Settings
from xasup.stack import write_secret
from xasup.wire.truth import open_truth
from xasup.wire.truth.port import Truth

PEOPLE = ("alice", "bob")


async def connect_strings(settings: Settings) -> dict[str, str]:
    """Person to connect string, on the address of today."""
    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_truth(settings.redis_url) as truth:
        return {person: (await _connect_string(truth, settings, person)).reveal() for person in PEOPLE}


def new_connect_string(settings: Settings, person: str) -> ConnectString:
    """With a new token, for a laptop that is not linked yet."""
    client = ClientId.parse(f"{person}:laptop")
    return _here(settings, ConnectString(client, secrets.token_urlsafe(32), settings.host, settings.mqtt_port))


async def make_person(truth: Truth, made: ConnectString) -> None:
    """The person and the device of a new connect string. Raises Refused where either is there."""
    now = int(time.time() * 1000)
    await create_person(truth, made.client.user, now)
    await create_device(truth, made.client, made.token, now)


async def _connect_string(truth: Truth, settings: Settings, person: str) -> ConnectString:
    file = settings.secrets / f"demo-{person}"
    if not file.exists():
        await _make_once(truth, settings, person, file)
    return _here(settings, connect.parse(file.read_text()))


def _here(settings: Settings, made: ConnectString) -> ConnectString:
    port = settings.mqtts_port if settings.tls_only else settings.mqtt_port
    return replace(made, host=settings.local_host, port=port, tls=settings.tls_only)


async def _make_once(truth: Truth, settings: Settings, person: str, file: Path) -> None:
    """The file appears only when all is made; if we are killed meanwhile, the next start finishes from the draft."""
    draft = file.with_name(f"{file.name}.making")
    if not draft.exists():
        write_secret(draft, new_connect_string(settings, person).reveal())
    made, now = connect.parse(draft.read_text()), int(time.time() * 1000)
    with suppress(Refused):  # made by a start that did not get to its end
        await create_person(truth, made.client.user, now)
    with suppress(Refused):
        await create_device(truth, made.client, made.token, now)
    draft.replace(file)
