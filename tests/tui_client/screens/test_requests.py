"""Requests in a place of their own, asking by a form, and taking decisions back."""

from __future__ import annotations

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from xasup.client.values import Link

SIZES = pytest.mark.parametrize("size", [(80, 24), (60, 15)])


@pytest.fixture
def town() -> Town:
    return Town.around("alice", "bob")


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.people["alice"]


@pytest.fixture
def bob(town: Town) -> StandIn:
    return town.people["bob"]


@pytest.fixture
def carol(town: Town) -> StandIn:
    return town.person("carol")


@pytest.fixture
def dave(town: Town) -> StandIn:
    return town.person("dave")


@SIZES
async def test_everything_that_waits_is_there_and_answered_by_a_key(
    alice: StandIn, bob: StandIn, carol: StandIn, dave: StandIn, size: tuple[int, int]
) -> None:
    await carol.ask("alice", "from the kite club")
    await alice.ask("dave")
    await bob.create_group("hikers", "Sunday hikers", ["alice"])
    async with seat(alice, size) as screen:
        await screen.sees("2 asking")
        await screen.presses("ctrl+r")
        await screen.sees("Requests: 2 for you to answer", "They ask you", "▸ ? carol", "from the kite club")
        await screen.sees("a accept: they learn it", "d deny: they learn only that you did not accept")
        await screen.presses("a")
        await screen.sees("Requests: 1 for you to answer", "▸ ? Sunday hikers", "invited by bob", "u undo")
        await screen.sees("d deny: its members learn that you declined")
        await screen.presses("a")
        await screen.sees(
            "Requests: none for you to answer",
            "You asked, no answer yet",
            "▸ … dave",
            "t revoke: it goes from their list",
        )
        await screen.presses("t")
        await screen.sees("Nobody waits, and neither do you.")
        assert carol.side("alice").mine == "accepted"
        assert dave.side("alice").mine == "none"


async def test_a_request_that_comes_meanwhile_is_shown_and_the_current_one_stays(
    alice: StandIn, carol: StandIn, dave: StandIn
) -> None:
    await dave.ask("alice")
    async with seat(alice) as screen:
        await screen.types("/requests")
        await screen.sees("▸ ? dave")
        await carol.ask("alice")
        await screen.sees("Requests: 2", "  ? carol", "▸ ? dave")
        await screen.presses("enter")
        await screen.sees("▸? dave")
        await screen.misses("Requests: 2")


async def test_what_did_not_work_is_said_there(alice: StandIn, carol: StandIn) -> None:
    await carol.ask("alice")
    async with seat(alice) as screen:
        await screen.types("/requests")
        await screen.sees("▸ ? carol")
        alice.link(Link.OFFLINE, "nobody answers", 4.0)
        await screen.presses("a")
        await screen.sees("✗ the broker is not there; try again when it is", "▸ ? carol")


async def test_a_block_is_undone_from_there_and_a_denial_is_not(alice: StandIn, carol: StandIn, dave: StandIn) -> None:
    await carol.ask("alice")
    await dave.ask("alice")
    async with seat(alice) as screen:
        await screen.types("/requests")
        await screen.sees("▸ ? carol")
        await screen.presses("b")
        await screen.sees("blocked carol", "▸ ? dave")
        await screen.presses("u")
        await screen.sees("Take back: block carol? Undo lets them ask again; this", "Enter yes")
        await screen.presses("enter")
        await screen.sees("carol may ask you again")
        assert alice.side("carol").mine == "none"
        await screen.presses("d")
        await screen.sees("turned down dave")
        await screen.presses("u")
        await screen.sees("✗ deny dave: it cannot be undone, but they may")


async def test_accepting_is_undone_as_long_as_nothing_else_happened(alice: StandIn, carol: StandIn) -> None:
    await carol.ask("alice")
    async with seat(alice) as screen:
        await screen.types("/undo")
        await screen.sees("✗ there is no decision to undo")
        await screen.types("/accept carol")
        await screen.sees("● carol  online")
        await screen.types("/undo")
        await screen.sees("Take back: accept carol?", "they learn that it")
        await screen.presses("enter")
        await screen.sees("✗ carol  does not accept you now")
        await carol.ask("alice")
        await screen.sees("? carol")
        await screen.types("/accept")
        await screen.sees("● carol  online")
        await carol.revoke("alice")
        await screen.sees("✗ carol  does not accept you now")
        await screen.types("/undo")
        await screen.sees("✗ carol: something else has happened since")


@SIZES
async def test_asking_by_a_form_counts_the_greeting_and_names_what_is_wrong(
    alice: StandIn, carol: StandIn, size: tuple[int, int]
) -> None:
    async with seat(alice, size) as screen:
        await screen.presses("f2")
        await screen.sees("Ask somebody to talk with you", "They see your name", "0 of 500 characters")
        await screen.types("Not A Name")
        await screen.sees("Whom: user 'Not A Name': expected")
        await screen.presses("ctrl+u")
        await screen.types("carol")
        await screen.types("x" * 501)
        await screen.sees("501 characters; at", "carried")
        await screen.presses("ctrl+u")
        await screen.types("hello [b]there[/b]", enter=False)
        await screen.sees("18 of 500 characters")
        await screen.presses("enter")
        await screen.sees("… carol", "asked carol; you can write once")
        assert (await carol.contacts())[0].greeting == "hello [b]there[/b]"


@each_hostile
async def test_hostile_greetings_and_names_stay_inert(alice: StandIn, bob: StandIn, carol: StandIn, text: str) -> None:
    await carol.ask("alice", text)
    await bob.create_group("hikers", text, ["alice"])
    async with seat(alice, (60, 15)) as screen:
        await screen.types("/requests")
        await screen.sees("▸ ? carol")
        assert not betrayals(screen.rows())
        await screen.presses("down")
        await screen.sees("its members learn")
        assert not betrayals(screen.rows())
