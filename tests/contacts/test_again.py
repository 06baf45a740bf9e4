"""Requests that come again, pages of listings, races between those who decide at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from contacts.operations import contacts
from contacts.operations.perform import perform
from tests.contacts.world import NOW, World, refused
from xasup.protocol import codec, events
from xasup.protocol.access import MAX_PAYLOAD
from xasup.protocol.contacts import Op
from xasup.protocol.errors import Code, Unavailable
from xasup.protocol.ids import UserId
from xasup.wire.truth.memory import MemoryTruth
from xasup.wire.truth.port import Committed, Conflict, Step

ALICE, BOB, SENSOR = UserId("alice"), UserId("bob"), UserId("sensor")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.people("alice", "bob", "carol")
    yield world


async def test_the_same_request_is_done_once_and_answered_again(world: World) -> None:
    first = await world.ask("alice", "contacts", id="once", op="ask", user="bob")
    changes = len(world.changes)
    assert await world.ask("alice", "contacts", id="once", op="ask", user="bob") == first
    assert len(world.changes) == changes


async def test_an_old_request_is_answered_as_it_was_even_when_it_would_now_be_refused(world: World) -> None:
    await world.ask("alice", "contacts", op="ask", user="bob")
    first = await world.ask("bob", "contacts", id="once", op="accept", user="alice")
    await world.ask("alice", "contacts", op="revoke", user="bob")
    assert await world.ask("bob", "contacts", id="once", op="accept", user="alice") == first
    assert not world.reaches("alice", "bob")


@pytest.mark.parametrize("other", [{"op": "ask", "user": "carol"}, {"op": "accept", "user": "bob"}])
async def test_an_id_used_twice_with_another_content(world: World, other: dict[str, str]) -> None:
    await world.ask("alice", "contacts", id="once", op="ask", user="bob")
    assert await refused(world.ask("alice", "contacts", id="once", **other)) is Code.CONFLICT
    assert world.news("carol", "contact") == []


async def test_ids_are_each_users_own(world: World) -> None:
    await world.ask("alice", "contacts", id="once", op="ask", user="bob")
    assert (await world.ask("carol", "contacts", id="once", op="ask", user="alice"))["theirs"] == "asked"


async def test_control_characters_in_a_greeting_travel_as_they_are(world: World) -> None:
    greeting = "\x1b[31mred\x00\u202e"
    await world.ask("alice", "contacts", op="ask", user="bob", greeting=greeting)
    assert world.news("bob", "contact")[0]["greeting"] == greeting


async def test_a_listing_comes_in_pages(world: World) -> None:
    await world.people(*(f"user-{n:02}" for n in range(25)))
    await world.friends(*(("alice", f"user-{n:02}") for n in range(25)))
    found, after = [], ""
    for _ in range(3):
        page = await world.ask("alice", "contacts", op="list", limit=10, after=after)
        found += page["contacts"]
        after = page["next"]
    assert after == ""
    assert sorted(entry["user"] for entry in found) == [f"user-{n:02}" for n in range(25)]
    assert {(entry["mine"], entry["theirs"]) for entry in found} == {("accepted", "accepted")}


async def test_a_page_fits_into_an_answer_whatever_is_in_it(world: World) -> None:
    names = [f"user-{n:03}" for n in range(60)]
    await world.people(*names)
    for name in names:
        await world.ask(name, "contacts", op="ask", user="alice", greeting="\x00" * 500)
    found, after, pages = 0, "", 0
    while pages == 0 or after:
        page = await world.ask("alice", "contacts", op="list", limit=500, after=after)
        assert len(codec.encode(events.answer("x" * 64, "list", **page))) <= MAX_PAYLOAD
        found, after, pages = found + len(page["contacts"]), page["next"], pages + 1
    assert (found, pages) == (60, 3)


class Racing(MemoryTruth):
    """Somebody else is faster, so many times."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self.races = races

    async def commit(self, step: Step) -> Committed | Conflict:
        if step.change is not None and b"contacts." in step.change and self.races:
            self.races -= 1
            return Conflict()
        return await super().commit(step)


async def test_a_lost_race_is_run_again() -> None:
    world = World(Racing(3))
    await world.people("alice", "bob")
    await world.ask("alice", "contacts", op="ask", user="bob")
    assert world.news("bob", "contact")


async def test_races_are_not_run_for_ever() -> None:
    world = World(Racing(1000))
    await world.people("alice", "bob")
    with pytest.raises(Unavailable):
        await world.ask("alice", "contacts", op="ask", user="bob")


async def test_both_ask_at_the_same_moment(world: World) -> None:
    await asyncio.gather(
        perform(world.truth, contacts.act(Op.ASK, ALICE, BOB, now=NOW)),
        perform(world.truth, contacts.act(Op.ASK, BOB, ALICE, now=NOW)),
    )
    await world.settle()
    assert world.reaches("alice", "bob")
    assert world.reaches("bob", "alice")


@pytest.mark.parametrize("year", [-365, 365])
async def test_a_clock_that_is_wrong_by_a_year_does_not_make_news_look_old(world: World, year: int) -> None:
    """Who reads the news keeps the newest by `ts`."""
    await world.ask("alice", "contacts", op="ask", user="bob")
    await world.ask("alice", "contacts", op="revoke", user="bob")
    await world.ask("alice", "contacts", op="ask", user="bob")
    world.now += year * 24 * 3600 * 1000
    await world.ask("bob", "contacts", op="accept", user="alice")
    await world.ask("alice", "groups", op="create", group="hikers", members=["bob"])
    world.now = NOW
    await world.ask("alice", "contacts", op="revoke", user="bob")
    await world.ask("bob", "groups", op="join", group="hikers")
    for user in ("alice", "bob"):
        for event in ("contact", "group"):
            stamps = [news["ts"] for news in world.news(user, event)]
            assert stamps
            assert stamps == sorted(stamps)


async def test_strangers_again_are_not_listed(world: World) -> None:
    await world.ask("alice", "contacts", op="ask", user="bob")
    await world.ask("alice", "contacts", op="revoke", user="bob")
    for user in ("alice", "bob"):
        assert (await world.ask(user, "contacts", op="list"))["contacts"] == []
