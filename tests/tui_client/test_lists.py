"""The list as a person uses it: pinned, muted, archived, narrowed, sorted, marked as unread."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town


@pytest.fixture
def town() -> Town:
    return Town.around("alice", "bob", "carol", "dave")


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.people["alice"]


async def test_a_conversation_is_pinned_and_muted_and_again_not(alice: StandIn, town: Town) -> None:
    await town.people["bob"].send("alice", "hi")
    async with seat(alice) as screen:
        await screen.types("/pin carol")
        await screen.sees("carol stays at the top of the list", "↑")
        assert "carol" in screen.rows()[0]
        await screen.types("/mute bob")
        await screen.sees("bob does not ring", "∅ (1)")
        await screen.types("/pin carol")
        await screen.sees("carol is no longer pinned")
        await screen.misses("↑")


async def test_what_is_archived_lies_in_its_fold(alice: StandIn, town: Town) -> None:
    await town.people["bob"].send("alice", "hi")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("/archive")
        await screen.sees("No conversation is open", "▸ archived: 1", "bob is archived; it comes back")
        await screen.types("/archived")
        await screen.sees("▾ archived: 1", "● bob")
        row = next(number for number, text in enumerate(screen.rows()) if "archived:" in text)
        await screen.pilot.click("#people", offset=(4, row))
        await screen.sees("▸ archived: 1")
        await screen.types("/archive bob")
        await screen.sees("bob is in the list again", "● bob")
        await screen.misses("archived:")


async def test_the_list_narrows_while_one_types_and_enter_goes_there(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("for bob", enter=False)
        await screen.presses("ctrl+f", "a", "v")
        await screen.sees("● dave", "/filter av")
        await screen.misses("carol")
        await screen.presses("escape")
        await screen.sees("● carol", "│ for bob")
        await screen.presses("ctrl+f", "c", "a", "r", "enter")
        await screen.sees("▸● carol", "● dave")
        await screen.types("/filter zz")
        await screen.sees("✗ nobody in the list has zz in the name")
        await screen.types("/open bob")
        await screen.sees("│ for bob")


async def test_marked_as_unread_from_a_message_on(alice: StandIn, town: Town) -> None:
    for text in ("one", "two", "three"):
        await town.people["bob"].send("alice", text)
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("bob   three")
        await alice.was_shown(3)
        await screen.presses("escape", "up", "u")
        await screen.sees("bob is marked as unread", "(•)", "No conversation is open")
        await screen.presses("f9")
        text = await screen.sees("▸● bob", "─ new ─", "bob   three")
        assert text.index("bob   one") < text.index("─ new ─") < text.index("bob   two")
        await screen.misses("(•)")


async def test_the_line_where_reading_stopped(alice: StandIn, town: Town) -> None:
    bob = town.people["bob"]
    await bob.send("alice", "old")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("bob   old")
        await alice.was_shown(1)
        await screen.types("/open carol")
        await screen.sees("▸● carol")
        await bob.send("alice", "news")
        await screen.sees("(1)")
        await screen.types("/open bob")
        text = await screen.sees("─ new ─", "bob   news")
        assert text.index("bob   old") < text.index("─ new ─")


async def test_unread_first(alice: StandIn, town: Town) -> None:
    await town.people["bob"].send("alice", "hi")
    async with seat(alice) as screen:
        await screen.types("/open carol")
        await screen.types("newer")
        await screen.sees("newer  ✓✓")
        assert "carol" in screen.rows()[0]
        await screen.types("/order unread")
        await screen.sees("the list has first what is unread")
        assert "bob" in screen.rows()[0]
        assert (await alice.preferences()).unread_first
