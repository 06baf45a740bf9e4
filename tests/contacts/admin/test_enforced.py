"""Done means enforced: what an administrator decided holds for the next packet, on the real broker."""

import asyncio
from pathlib import Path

import pytest

from tests.support.backend import Backend, people, person
from tests.support.commands import Commands, Result
from xasup.protocol.errors import Refused, XasupError

ROUNDS = 5


@pytest.fixture
def admin(backend: Backend) -> Commands:
    return Commands(backend.settings.redis_url, Path(backend.settings.data))


async def do(admin: Commands, *arguments: str) -> Result:
    """In a thread, since a command runs an event loop of its own. Enforced, or it would say otherwise."""
    result = await asyncio.to_thread(admin, *arguments)
    assert (result.status, result.err) == (0, "")
    return result


async def test_the_next_packet_obeys(backend: Backend, admin: Commands) -> None:
    alice, sensor = await backend.users("alice", "sensor")
    async with people(alice, sensor) as (owner, actor):
        with pytest.raises(Refused):
            await actor.send(owner.user)
        for round in range(ROUNDS):
            await do(admin, "contacts", "allow", "--one-way", alice.user, sensor.user)
            await actor.send(owner.user, f"round {round}")
            with pytest.raises(Refused):
                await owner.send(actor.user)
            await do(admin, "contacts", "revoke", alice.user, sensor.user)
            with pytest.raises(Refused):
                await actor.send(owner.user)
        heard = [await owner.message(sensor.user) for _ in range(ROUNDS)]
    assert heard == [f"round {round}".encode() for round in range(ROUNDS)]


async def test_people_hear_of_it(backend: Backend, admin: Commands) -> None:
    alice, bob = await backend.users("alice", "bob")
    async with people(alice, bob) as (one, two):
        await backend.friends(one, two)
        await do(admin, "contacts", "revoke", alice.user, bob.user)
        assert (await one.event("contact", mine="revoked"))["theirs"] == "revoked"
        assert (await two.event("contact", mine="revoked"))["user"] == alice.user


async def test_a_suspended_user_is_out_and_comes_back(backend: Backend, admin: Commands) -> None:
    mallory = await backend.user("mallory")
    async with person(mallory) as someone:
        await do(admin, "users", "suspend", mallory.user)
        async with asyncio.timeout(10):
            await someone.gone.wait()
    with pytest.raises(XasupError):
        async with person(mallory):
            pass
    await do(admin, "users", "resume", mallory.user)
    async with person(mallory) as someone:
        assert (await someone.ask("contacts", op="list"))["ok"] is True


async def test_a_revoked_device_and_a_deleted_user_are_out(backend: Backend, admin: Commands) -> None:
    mallory = await backend.user("mallory")
    laptop = await backend.device(mallory.client.user, "laptop")
    async with people(mallory, laptop) as (phone, other):
        await do(admin, "devices", "revoke", mallory.user, "laptop")
        async with asyncio.timeout(10):
            await other.gone.wait()
        assert not phone.gone.is_set()
        await do(admin, "users", "delete", mallory.user, "--yes")
        async with asyncio.timeout(10):
            await phone.gone.wait()
    for account in (mallory, laptop):
        with pytest.raises(XasupError):
            async with person(account):
                pass
