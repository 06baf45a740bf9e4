"""Parts of the backend go away: nothing is granted, nothing is lost, everybody gets an answer."""

from __future__ import annotations

import asyncio
import signal

import pytest

from contacts.service import notifier
from tests.support.backend import Backend
from tests.support.people import Person, people, person
from xasup.protocol import changes, codec, topics
from xasup.protocol.changes import Change
from xasup.protocol.directory import NO_FLAGS, Flag, UserRecord, set_user
from xasup.protocol.errors import Refused
from xasup.protocol.ids import UserId, service_account
from xasup.wire.truth.port import Step


@pytest.mark.parametrize("how", ["frozen", "killed"])
async def test_redis_away(own_backend: Backend, how: str) -> None:
    """Requests are answered `unavailable` within two seconds, chat goes on, nothing is granted; then all is well."""
    backend = own_backend
    loop = asyncio.get_running_loop()
    async with people(*await backend.users("alice", "bob", "carol")) as (alice, bob, carol):
        await backend.friends(alice, bob)
        await carol.ask("contacts", op="ask", user=bob.user)
        if how == "frozen":
            backend.redis.freeze()
        else:
            backend.redis.stop(signal.SIGKILL)
        started = loop.time()
        answers = await asyncio.gather(
            bob.ask("contacts", id="away", op="accept", user=carol.user),
            alice.ask("groups", op="create", group=backend.name("g")),
            carol.ask("devices", op="list"),
        )
        assert loop.time() - started < 2
        assert {answer["code"] for answer in answers} == {"unavailable"}
        await alice.send(bob.user, "still here")
        assert await bob.message(alice.user) == b"still here"
        with pytest.raises(Refused):
            await carol.send(bob.user)
        if how == "frozen":
            backend.redis.thaw()
        else:
            backend.redis.start()
        while not (await bob.ask("contacts", id="away", op="accept", user=carol.user))["ok"]:
            pass
        await carol.send(bob.user)
        assert backend.contacts.log.count("a part of the service failed") == 0


async def test_killed_between_commit_and_news(own_backend: Backend) -> None:
    """The projector is frozen, so the service commits and cannot publish; it is killed, and the next one publishes."""
    backend = own_backend
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        await bob.ask("contacts", op="ask", user=alice.user)
        backend.projector.freeze()
        async with backend.truth() as truth:
            before = await truth.last_position()
            await alice.send_request("contacts", request("accept", bob, id="cut"))
            assert await truth.changes(before, 1, wait=5), "the decision is committed"
        backend.contacts.stop(signal.SIGKILL)
        assert (await bob.arrived("contact", 1))[-1]["theirs"] == "asked"
        backend.projector.thaw()
        backend.contacts.start()
        assert (await bob.event("contact", theirs="accepted"))["user"] == alice.user
        assert (await alice.answer("cut"))["ok"]
        await bob.send(alice.user)


async def test_without_a_stored_position_the_news_would_be_lost(own_backend: Backend) -> None:
    """The negative control of the above: a service that begins at the end of the stream tells nobody."""
    backend = own_backend
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        await bob.ask("contacts", op="ask", user=alice.user)
        backend.projector.freeze()
        async with backend.truth() as truth:
            before = await truth.last_position()
            await alice.send_request("contacts", request("accept", bob, id="cut"))
            entries = await truth.changes(before, 1, wait=5)
            backend.contacts.stop(signal.SIGKILL)
            await truth.commit(Step(put={notifier.NAME: entries[-1].position.encode()}))
        backend.projector.thaw()
        backend.contacts.start()
        await alice.ask("contacts", op="list")
        assert [news["theirs"] for news in await bob.arrived("contact", 1)] == ["asked"]


async def test_requests_made_while_the_service_is_down_are_answered_when_it_is_back(own_backend: Backend) -> None:
    backend = own_backend
    async with people(*await backend.users("alice", "bob")) as (alice, bob):
        backend.contacts.stop(signal.SIGKILL)
        await alice.send_request("contacts", request("ask", bob, id="early"))
        backend.contacts.start()
        assert (await alice.answer("early"))["ok"]
        assert await bob.event("contact", mine="asked")


async def test_the_broker_restarts_under_load_and_every_request_is_answered(own_backend: Backend) -> None:
    backend = own_backend
    accounts = await backend.users("alice", "bob")
    async with people(*accounts) as (alice, bob):
        await alice.ask("contacts", op="ask", user=bob.user)
        for n in range(100):
            alice.wire.publish_soon(topics.request("contacts", UserId(alice.user)), request("ask", bob, id=f"b{n}"))
        backend.mosquitto.restart(signal.SIGTERM)
    async with person(accounts[0]) as alice:
        for n in range(100):
            assert (await alice.ask("contacts", id=f"b{n}", op="ask", user=bob.user))["ok"]


async def test_the_service_ends_in_order(own_backend: Backend) -> None:
    process = own_backend.contacts
    async with people(*await own_backend.users("alice", "bob")) as (alice, bob):
        await own_backend.friends(alice, bob)
    process.stop(signal.SIGTERM)
    assert "stopped" in process.log
    assert "Traceback" not in process.log


async def test_news_that_the_broker_refuses_for_a_while_are_told_later(own_backend: Backend) -> None:
    """As it does to everybody when it cannot read its directory; here the service's account loses its flag."""
    backend = own_backend
    async with people(*await backend.users("alice", "bob")) as (alice, bob), backend.truth() as truth:
        await backend.friends(alice, bob)
        backend.projector.freeze()
        await truth.commit(Step(change=as_a_service(False)))
        before = await truth.last_position()
        await alice.send_request("contacts", request("revoke", bob, id="later"))
        assert await truth.changes(before, 1, wait=5), "the decision is committed"
        refusals = backend.contacts.log.count("the broker refuses")
        backend.projector.thaw()
        while backend.contacts.log.count("the broker refuses") == refusals:
            await asyncio.sleep(0.05)  # no event comes out of a log
        assert bob.events("contact")[-1]["theirs"] == "accepted"
        await truth.commit(Step(change=as_a_service(True)))
        assert (await bob.event("contact", theirs="revoked"))["user"] == alice.user
        assert (await alice.answer("later"))["ok"]


def as_a_service(flag: bool) -> bytes:
    """A change after which svc-contacts may, or may not, write into people's mailboxes."""
    edit = set_user(service_account("contacts"), UserRecord(Flag.SERVICE if flag else NO_FLAGS))
    return changes.encode(Change("test", "admin", 0, edits=(edit,)))


def request(op: str, user: Person, id: str) -> bytes:
    return codec.encode({"id": id, "op": op, "user": user.user})
