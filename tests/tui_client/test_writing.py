"""Writing: several lines, drafts, replies, corrections, and messages that are selected to be acted on."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from xasup.protocol.states import State


@pytest.fixture
def town() -> Town:
    return Town.around("alice", "bob", "carol")


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.people["alice"]


@pytest.fixture
def bob(town: Town) -> StandIn:
    return town.people["bob"]


async def test_a_text_of_several_lines_is_one_message(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.presses("o", "n", "e", "ctrl+j", "t", "w", "o")
        await screen.sees("│ one", "│ two")
        await screen.presses("enter")
        await screen.sees("you › one", "› two  ✓")
        assert [line.text for line in await alice.messages("bob")] == ["one\ntwo"]


async def test_the_input_line_grows_to_a_few_rows_and_shrinks_again(alice: StandIn) -> None:
    async with seat(alice, (60, 15)) as screen:
        await screen.types("/open bob")
        await screen.types("\n".join(f"row {number}" for number in range(30)), enter=False)
        await screen.sees("row 29", "● bob  online", "● online")
        await screen.presses("enter")
        await screen.sees("row 29  ✓", "a message, or /command")


async def test_keys_are_carried_out_in_the_order_in_which_they_were_typed(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        keys = ("a", "b", "backspace", "c", "left", "x", "home", "y", "enter", "ctrl+n", "n", "e", "w", "enter")
        await screen.presses(*keys)
        await screen.sees("▸● carol", "new  ✓")
        assert [line.text for line in await alice.messages("bob")] == ["yaxc"]
        assert [line.text for line in await alice.messages("carol")] == ["new"]


async def test_drafts_outlive_the_program(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("to be cont", enter=False)
        await screen.presses("ctrl+n")
        await screen.sees("▸● carol", "draft: to be cont")
        await screen.types("and for carol", enter=False)
        await screen.presses("ctrl+q")
        await screen.pilot.pause()
        while screen.app.is_running:
            await screen.pilot.pause(0.01)
    async with seat(alice) as screen:
        await screen.sees("▸● carol", "│ and for carol", "draft: to be cont")  # where one was, with what was begun
        await screen.presses("ctrl+n")
        await screen.sees("▸● bob", "│ to be cont")
        await screen.presses("i", "enter")
        await screen.sees("to be conti  ✓")
        await screen.presses("ctrl+n")
        await screen.sees("▸● carol", "│ and for carol")
        await screen.misses("draft:")


async def test_a_draft_is_kept_before_long_without_leaving(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("half a", enter=False)
        while not [each for each in await alice.conversations() if each.traits.draft == "half a"]:
            await screen.pilot.pause(0.01)


async def test_a_reply_quotes_the_selected_message(alice: StandIn, bob: StandIn) -> None:
    for text in ("tea or coffee?", "and cake?"):
        await bob.send("alice", text)
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("and cake?")
        await screen.presses("escape", "up")
        await screen.sees("12:00▌bob   tea or coffee?", "r reply", "Esc back")
        await screen.presses("r")
        await screen.sees("↪ replying to bob: tea or coffee?", "Esc drops this")
        await screen.types("tea")
        await screen.sees("you › ↪ bob: tea or coffee?", "› tea  ✓")
        await screen.misses("replying to")
        assert (await alice.messages("bob"))[-1].re == (await alice.messages("bob"))[0].id


async def test_a_reply_is_given_up_with_escape(alice: StandIn, bob: StandIn) -> None:
    await bob.send("alice", "tea or coffee?")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("/reply")
        await screen.sees("replying to bob")
        await screen.presses("escape")
        await screen.misses("replying to bob")


async def test_a_letter_that_is_no_command_goes_back_to_the_input_line(alice: StandIn, bob: StandIn) -> None:
    await bob.send("alice", "hi")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("bob   hi")
        await screen.presses("up")
        await screen.sees("▌bob   hi")
        await screen.presses("w", "r")
        await screen.misses("▌")
        await screen.sees("│ wr")


async def test_a_refused_message_is_changed_in_its_place(alice: StandIn, bob: StandIn, town: Town) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        bob.now_stands("alice", bob.side("nobody"))  # the news has not come yet
        await screen.types("helo")
        await screen.sees("✗ not sent: they do not accept you")
        town.befriend("bob", "alice")
        await screen.presses("up")
        await screen.sees("e edit · t retry · x discard · r reply")
        await screen.presses("e")
        await screen.sees("✎ instead of: helo")
        await screen.presses("backspace", "l", "o", "enter")
        await screen.sees("you › hello  ✓✓")
        await screen.misses("helo", "not sent")


async def test_what_has_gone_out_cannot_be_changed(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("hi")
        await screen.sees("hi  ✓✓")
        await screen.presses("up", "e")
        await screen.sees("✗ this has gone out and stays as it was")


async def test_the_selected_one_of_several_refused_messages_is_discarded(alice: StandIn, bob: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        bob.now_stands("alice", bob.side("nobody"))
        for text in ("one", "two"):
            await screen.types(text)
        await screen.sees("› two")
        await screen.presses("up", "k", "x")
        await screen.misses("one")
        await screen.sees("› two")
        assert [line.state for line in await alice.messages("bob")] == [State.REFUSED]


async def test_the_text_of_a_message_is_copied(alice: StandIn, bob: StandIn) -> None:
    await bob.send("alice", "the address: 12 Lake Road")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("12 Lake Road")
        await screen.presses("escape", "c")
        await screen.sees("handed to the terminal's clipboard")
        assert screen.app.clipboard == "the address: 12 Lake Road"
