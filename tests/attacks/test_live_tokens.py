"""A token that is revoked or runs out while its device is connected: the connection is ended within a second. (That it
may do nothing from the next packet on: tests/broker/test_connect.py; who else is put out:
tests/contacts/test_sessions.py.)"""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.support.backend import Backend
from tests.support.people import people, person
from tests.support.process import now_ms

WITHIN = 1.0  # seconds


async def test_a_revoked_device_is_put_out_within_a_second(backend: Backend) -> None:
    phone = await backend.user("alice")
    async with people(phone, await backend.device(phone.client.user, "lost")) as (alice, lost):
        begun = time.monotonic()
        assert (await alice.ask("devices", op="revoke", device="lost"))["ok"]
        await asyncio.wait_for(lost.gone.wait(), WITHIN)
        assert time.monotonic() - begun < WITHIN


async def test_a_token_that_runs_out_ends_its_connection_within_a_second(backend: Backend) -> None:
    alice = await backend.user("alice")
    expires = now_ms() // 1000 + 2
    async with person(await backend.device(alice.client.user, "guest", expires=expires)) as guest:
        await asyncio.wait_for(guest.gone.wait(), 2 + WITHIN + 1)
        assert expires * 1000 <= now_ms() < (expires + WITHIN) * 1000


async def test_a_device_that_stays_linked_stays_connected(backend: Backend) -> None:
    """The negative control: the wait can fail."""
    phone = await backend.user("alice")
    async with people(phone, await backend.device(phone.client.user, "kept")) as (alice, kept):
        assert (await alice.ask("devices", op="list"))["ok"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(kept.gone.wait(), WITHIN)
