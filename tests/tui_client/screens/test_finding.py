"""Search, days, what is unread, and the way back, as a person uses them."""

from __future__ import annotations

import asyncio

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from xasup.client.values import Message
from xasup.protocol.errors import Unavailable

SIZES = pytest.mark.parametrize("size", [(80, 24), (60, 15)])


@pytest.fixture
def town() -> Town:
    return Town.around("alice", "bob", "carol")


@pytest.fixture
def bob(town: Town) -> StandIn:
    return town.people["bob"]


@pytest.fixture
def carol(town: Town) -> StandIn:
    return town.people["carol"]


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.people["alice"]


async def chat(bob: StandIn, carol: StandIn) -> None:
    """120 lines of bob's, one of them about a lake; one of carol's about another."""
    for number in range(120):
        await bob.send("alice", "the lake is frozen" if number == 20 else f"line {number:03}")
    await carol.send("alice", "lake and kites")


@SIZES
async def test_words_are_found_as_one_types_and_one_goes_there_and_back(
    alice: StandIn, bob: StandIn, carol: StandIn, size: tuple[int, int]
) -> None:
    await chat(bob, carol)
    async with seat(alice, size) as screen:
        await screen.types("/open bob")
        await screen.sees("line 119")
        await screen.presses("ctrl+g")
        await screen.sees("Search in all conversations", "words to look for")
        await screen.presses("l", "a", "k")
        await screen.sees("2 found", "▸ carol", "lake and kites", "bob", "the lake is frozen", "today")
        await screen.presses("down", "enter")
        await screen.sees("the lake is frozen", "line 021")
        await screen.misses("bob   line 119", "Search in")
        await screen.presses("alt+left")
        await screen.sees("bob   line 119")
        await screen.presses("alt+right")
        await screen.sees("the lake is frozen", "line 021")


async def test_tab_looks_only_here_and_in_all_again(alice: StandIn, bob: StandIn, carol: StandIn) -> None:
    await chat(bob, carol)
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("/search lake")
        await screen.sees("all conversations: 2 found", "Tab only in bob")
        await screen.presses("tab")
        await screen.sees("Search in bob: 1 found", "Tab in all")
        await screen.misses("kites")
        await screen.presses("tab")
        await screen.sees("all conversations: 2 found")


async def test_older_lines_are_found_by_going_on(alice: StandIn, bob: StandIn, carol: StandIn) -> None:
    await chat(bob, carol)
    async with seat(alice) as screen:
        await screen.types("/search line")
        await screen.sees("50 and more found", "line 119")
        for _ in range(30):
            await screen.presses("pagedown")
        await screen.sees("119 found", "line 000")
        await screen.misses("and more")


async def test_a_stale_answer_is_dropped_and_typing_never_waits(
    alice: StandIn, bob: StandIn, carol: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat(bob, carol)
    gates: dict[str, asyncio.Event] = {"l": asyncio.Event(), "lake": asyncio.Event()}
    asked: list[str] = []
    find = alice.search

    async def slow(
        text: str, conversation: str | None = None, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        asked.append(text)
        await gates[text].wait()
        return await find(text, conversation, limit, before)

    monkeypatch.setattr(alice, "search", slow)
    async with seat(alice) as screen:
        await screen.presses("ctrl+g", "l", "a", "k", "e")
        await screen.sees("lake")
        gates["l"].set()
        while "lake" not in asked:
            await screen.pilot.pause()
        await screen.misses("line 119", "found")
        gates["lake"].set()
        await screen.sees("2 found", "lake and kites")
        assert asked == ["l", "lake"]


async def test_what_cannot_be_looked_up_is_said(alice: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: object, **more: object) -> list[Message]:
        raise Unavailable("the disk \x1b[31m is full")

    monkeypatch.setattr(alice, "search", broken)
    async with seat(alice) as screen:
        await screen.presses("ctrl+g", "x")
        await screen.sees("✗ the disk \\u{1b}[31m is full")
        await screen.presses("escape")
        await screen.misses("Search in")


@SIZES
async def test_a_day_is_gone_to_by_name_and_by_a_form(alice: StandIn, bob: StandIn, size: tuple[int, int]) -> None:
    await bob.send("alice", "hello")
    async with seat(alice, size) as screen:
        await screen.types("/day today")
        await screen.sees("✗ open a conversation first")
        await screen.types("/open bob")
        await screen.types("/day today")
        await screen.sees("hello")
        await screen.presses("escape")
        await screen.types("/day yesterday")
        await screen.sees("nothing was written here yesterday;")
        await screen.presses("escape")
        await screen.types("/day someday")
        await screen.sees("✗ 'someday' is no day; expected a day")
        await screen.types("/day")
        await screen.sees("Go to which day?", "Expected: a day such as")
        await screen.types("tomorrow", enter=False)
        await screen.sees("'tomorrow' is no day")
        await screen.presses("enter")
        await screen.sees("Go to which day?")
        await screen.presses("ctrl+u")
        await screen.types("sunday", enter=False)
        await screen.sees("Day: today")
        await screen.presses("enter")
        await screen.misses("Go to which day?")


@SIZES
async def test_the_inbox_goes_to_where_reading_stopped(
    alice: StandIn, bob: StandIn, carol: StandIn, size: tuple[int, int]
) -> None:
    await chat(bob, carol)
    async with seat(alice, size) as screen:
        await screen.sees("(120)", "(1)")
        await screen.types("/inbox")
        await screen.sees("Unread: 121 in 2 conversations", "▸ carol (1)", "bob (120)", "bob: line 000")
        await screen.presses("down", "enter")
        await screen.sees("line 000", "line 003")
        await screen.misses("Unread: 121")
        await screen.presses("escape")
        await screen.types("/first-unread")
        await screen.misses("everything here is read")


async def test_nothing_unread_is_said(alice: StandIn, bob: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/inbox")
        await screen.sees("You have read everything", "Unread: 0 in 0")
        await screen.presses("escape")
        await screen.types("/open bob")
        await screen.types("/first-unread")
        await screen.sees("✗ everything here is read")
        await screen.types("/forward")
        await screen.sees("✗ there is nothing to go forward to")


@SIZES
async def test_a_message_tells_its_history_without_a_connection(
    alice: StandIn, bob: StandIn, size: tuple[int, int]
) -> None:
    async with seat(alice, size) as screen:
        await screen.types("/open bob")
        await screen.types("is the lake frozen?")
        await screen.sees("✓✓")
        await screen.presses("up", "up")
        await screen.sees("i info")
        await screen.presses("i")
        await screen.sees("Message", "Written by you", "by the clock of this device", "How far it came:")
        for _ in range(6):
            await screen.presses("pagedown")
        await screen.sees("read: it was on the recipient's screen")
        await screen.presses("escape")
        await screen.misses("How far it came")


@each_hostile
async def test_hostile_texts_stay_inert_in_every_list(town: Town, alice: StandIn, bob: StandIn, text: str) -> None:
    await bob.send("alice", f"lake {text}")
    await alice.create_group("hikers", text)
    await alice.send("g:hikers", f"lake {text}")
    async with seat(alice, (60, 15)) as screen:
        for typed in ("/search lake", "/inbox"):
            await screen.types(typed)
            await screen.sees("Esc leaves")
            assert not betrayals(screen.rows())
            await screen.presses("escape")
        await screen.types("/open bob")
        await screen.types("/info")
        await screen.sees("Written by bob")
        assert not betrayals(screen.rows())
