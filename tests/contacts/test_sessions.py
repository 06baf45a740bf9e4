"""Live sessions: a device that is revoked, suspended or expired in mid-conversation is out, and the others are not."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest

from contacts.operations import users
from tests.support.backend import Backend
from tests.support.people import Account, Person, people, person
from tests.support.process import now_ms
from xasup.protocol.errors import Refused, Unavailable
from xasup.protocol.ids import DeviceId


async def test_a_token_revoked_in_mid_conversation(backend: Backend) -> None:
    phone = await backend.user("alice")
    laptop = await backend.device(phone.client.user, "laptop")
    async with people(phone, laptop, await backend.user("bob")) as (alice, lost, bob):
        await backend.friends(alice, bob)
        await lost.send(bob.user, "before")
        assert (await alice.ask("devices", op="revoke", device="laptop"))["ok"]
        with pytest.raises((Refused, Unavailable)):
            await lost.send(bob.user, "after")
        await lost.gone.wait()
        await alice.send(bob.user, "the other device goes on")
        assert await bob.message(alice.user) == b"before"
        assert await bob.message(alice.user) == b"the other device goes on"
        with pytest.raises(Refused):
            async with person(laptop):
                pass


async def test_a_device_is_linked_by_another_and_the_token_stays_with_it(backend: Backend) -> None:
    phone = await backend.user("alice")
    token = "made by the linking device"
    tablet = replace(phone.address, client_id=f"{phone.user}:tablet", password=token)
    account = Account(replace(phone.client, device=DeviceId("tablet")), token, tablet)
    async with person(phone) as alice:
        digest = hashlib.sha256(token.encode()).hexdigest()
        await alice.ask("devices", op="link", device="tablet", token_sha256=digest)
        async with person(account) as other:
            assert (await other.ask("contacts", op="list"))["ok"]
            assert abs(await seen(alice, "tablet") - now_ms()) < 60_000


async def test_a_suspended_user_is_put_out_and_let_in_again(backend: Backend) -> None:
    account = await backend.user("alice")
    async with person(account) as alice, backend.truth() as truth:
        await users.suspend(truth, account.client.user, now=now_ms())
        await alice.gone.wait()
        with pytest.raises(Refused):
            async with person(account):
                pass
        done = await users.resume(truth, account.client.user, now=now_ms())
        await backend.enforced(truth, done.position)
    async with person(account) as alice:
        assert (await alice.ask("contacts", op="list"))["ok"]


async def test_an_expired_device_is_put_out_about_a_second_later(backend: Backend) -> None:
    bob = await backend.user("bob")
    expires = now_ms() // 1000 + 2
    guest = await backend.device(bob.client.user, "guest", expires=expires)
    async with person(guest) as someone:
        async with asyncio.timeout(6):
            await someone.gone.wait()
        assert expires * 1000 <= now_ms() < expires * 1000 + 2000


async def test_a_deleted_user_is_gone_for_the_others(backend: Backend) -> None:
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        await backend.friends(alice, bob)
        async with backend.truth() as truth:
            await users.delete(truth, alice.account.client.user, now=now_ms())
        assert (await bob.event("contact", mine="none"))["user"] == alice.user
        await alice.gone.wait()
        assert (await bob.ask("contacts", op="ask", user=alice.user))["code"] == "unknown-user"


async def seen(someone: Person, device: str) -> int:
    """When *device* was last seen; it is written about a second later, and no event says so."""
    while True:
        answer = await someone.ask("devices", op="list")
        if at := next(it["seen"] for it in answer["devices"] if it["device"] == device):
            return int(at)
        await asyncio.sleep(0.05)
