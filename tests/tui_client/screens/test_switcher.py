"""Ctrl+K: going to somebody, or giving a command, by a few letters."""

from __future__ import annotations

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town

SIZES = pytest.mark.parametrize("size", [(80, 24), (60, 15)])


@pytest.fixture
def town() -> Town:
    town = Town.around("alice", "bob", "carol")
    town.person("zoe")
    return town


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.people["alice"]


@SIZES
async def test_a_few_letters_and_enter_go_there(alice: StandIn, size: tuple[int, int]) -> None:
    await alice.create_group("hikers", "Sunday kites")
    async with seat(alice, size) as screen:
        await screen.sees("● carol")
        await screen.presses("ctrl+k")
        await screen.sees("Go to, or do", "▸ ● bob", "# Sunday kites", "Enter goes there")
        await screen.presses("c", "r", "l", "enter")
        await screen.sees("● carol  online")
        await screen.presses("ctrl+k", "s", "k", "enter")
        await screen.sees("# Sunday kites  group")


@SIZES
async def test_a_command_is_given_and_asks_for_what_it_takes(alice: StandIn, size: tuple[int, int]) -> None:
    async with seat(alice, size) as screen:
        await screen.presses("ctrl+k")
        await screen.types(">open", enter=False)
        await screen.sees("▸ > open NAME")
        await screen.presses("enter")
        await screen.sees("│ /open")
        await screen.presses("ctrl+k")
        await screen.types(">hel", enter=False)
        await screen.sees("▸ > help", "F1")
        await screen.presses("enter")
        await screen.sees("Commands", "Enter sends")


async def test_escape_leaves_and_nothing_is_changed(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("begun", enter=False)
        await screen.presses("ctrl+k", "q", "q")
        await screen.sees("+ qq")
        await screen.presses("escape")
        await screen.sees("● bob  online", "begun")


async def test_somebody_new_is_asked(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.presses("ctrl+k")
        await screen.types("zoe", enter=False)
        await screen.sees("▸ + zoe", "ask them")
        await screen.presses("enter")
        await screen.sees("/ask zoe")


async def test_arrows_move_and_a_click_chooses(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.sees("● carol")
        await screen.presses("ctrl+k", "down")
        await screen.sees("▸ ● carol")
        await screen.pilot.click("#rows", offset=(6, 0))
        await screen.sees("● bob  online")


@each_hostile
async def test_hostile_names_leave_the_panel_as_it_was(town: Town, alice: StandIn, text: str) -> None:
    await alice.create_group("hikers", text)
    async with seat(alice, (60, 15)) as screen:
        await screen.presses("ctrl+k")
        text = await screen.sees("Go to, or do")
        assert not betrayals(screen.rows())
