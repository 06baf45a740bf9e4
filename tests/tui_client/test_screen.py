"""The screen as a person uses it, on stand-in engines (on the real one: tests/e2e/test_terminal.py)."""

from __future__ import annotations

import asyncio

import pytest

from tests.tui_client.hostile import betrayals, each_hostile
from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from xasup.client.values import Link
from xasup.protocol.contacts import Op


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def alice(town: Town) -> StandIn:
    return town.person("alice")


@pytest.fixture
def bob(town: Town) -> StandIn:
    return town.person("bob")


async def test_an_empty_screen_says_how_to_begin(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.sees("/ask USER begins", "● online", "F1 help", "Ctrl+Q quit")


async def test_the_whole_story(alice: StandIn, bob: StandIn) -> None:
    async with seat(alice) as hers, seat(bob) as his:
        await hers.types("/ask bob from the kite club")
        await hers.sees("… bob", "asked bob; you can write once they accept")
        await his.sees("? alice", "from the kite club", "alice asks to talk with you")
        await his.presses("ctrl+n")
        await his.sees("F3 accept · F4 deny · F6 block")
        await his.presses("f3")
        await hers.sees("● bob  online")
        await hers.types("is the lake frozen?")
        await his.sees("is the lake frozen?")
        await hers.sees("is the lake frozen?  ✓✓ read")
        await his.types("not yet, Jürgen 日本")
        await hers.sees("bob   not yet, Jürgen 日本")
        await his.presses("f5")
        await his.sees("neither of you")
        await his.presses("enter")
        await hers.sees("✗ bob  does not accept you now")


async def test_writing_to_somebody_who_has_not_accepted_offers_to_ask(alice: StandIn, bob: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("hello there")
        await screen.sees("bob has not been asked yet, so your text would not", "Enter yes · Esc no")
        await screen.presses("escape")
        await screen.sees("hello there")  # it is still in the input line
        assert bob.side("alice").mine == "none"
        await screen.presses("enter")
        await screen.sees("Enter yes")
        await screen.presses("enter")
        await screen.sees("asked bob; you can write once they accept")
        assert (await bob.contacts())[0].greeting == "hello there"
        assert not await alice.messages("bob")


async def test_a_text_for_somebody_who_has_not_answered_stays(alice: StandIn, bob: StandIn) -> None:
    await alice.ask("bob")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("hello?")
        await screen.sees("✗ bob has not answered yet, so your text would not", "it stays here", "hello?")


async def test_a_refused_message_is_retried_or_discarded(town: Town, alice: StandIn, bob: StandIn) -> None:
    town.befriend("alice", "bob")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        bob.now_stands("alice", bob.side("carol"))  # bob's side alone: the news has not come yet
        await screen.types("first")
        await screen.types("second")
        await screen.sees("✗ not sent: they do not accept you", "F7 retry · F8 discard")
        await screen.presses("f8")
        await screen.misses("second")
        town.befriend("bob", "alice")
        await screen.presses("f7")
        await screen.sees("first  ✓✓")
        await screen.misses("not sent", "F7 retry")


async def test_the_only_request_is_answered_without_opening_it(alice: StandIn, bob: StandIn) -> None:
    async with seat(alice) as hers, seat(bob) as his:
        await hers.types("/ask bob")
        await his.sees("? alice", "No conversation is open")
        await his.presses("f3")
        await hers.sees("● bob  online")
        await his.sees("▸● alice")


async def test_keys_without_anything_to_act_on_say_so(alice: StandIn) -> None:
    async with seat(alice) as screen:
        for key in ("f3", "f4", "f5", "f6"):
            await screen.presses(key)
            await screen.sees("✗ who? name somebody, or open a conversation first")
            await screen.types("/members")
            await screen.sees("✗ that is for groups")
        await screen.presses("f7")
        await screen.sees("✗ nothing here was refused")
        await screen.presses("f2")
        await screen.sees("Ask somebody to talk with you")


async def test_unknown_commands_and_names_are_given_back_with_a_word(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/dance")
        await screen.sees("✗ there is no command /dance; F1 lists them")
        await screen.presses("ctrl+u")
        await screen.types("/open Not A Name")
        await screen.sees("✗ user 'Not A Name': expected 1 to 32 of")
        await screen.types("hello")
        await screen.sees("✗ nobody to write to yet", "hello")


async def test_each_conversation_keeps_the_text_that_was_begun_in_it(town: Town, alice: StandIn, bob: StandIn) -> None:
    town.person("carol")
    town.befriend("alice", "bob")
    town.befriend("alice", "carol")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("a secret for bob", enter=False)
        await screen.presses("ctrl+n")
        await screen.sees("▸● carol")
        await screen.misses("a secret for bob")
        await screen.presses("ctrl+p")
        await screen.sees("▸● bob", "a secret for bob")


async def test_a_click_turns_to_somebody(town: Town, alice: StandIn, bob: StandIn) -> None:
    town.befriend("alice", "bob")
    async with seat(alice) as screen:
        await screen.sees("● bob")
        await screen.rests()
        await screen.pilot.click("#people", offset=(4, 0))
        await screen.sees("▸● bob")


async def test_an_answer_that_comes_late_does_not_turn_away_from_whom_one_writes_to(
    town: Town, alice: StandIn, bob: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol, answered = town.person("carol"), asyncio.Event()
    town.befriend("alice", "bob")
    await carol.ask("alice")

    async def accept_late(user: str) -> None:
        await answered.wait()
        town.decide(Op.ACCEPT, "alice", user)

    monkeypatch.setattr(alice, "accept", accept_late)
    async with seat(alice) as screen:
        await screen.types("/accept carol")
        await screen.sees("accepting carol …", "▸? carol")
        await screen.types("/open bob")
        await screen.types("for bob", enter=False)
        answered.set()
        await screen.sees("● carol", "▸● bob", "for bob")


async def test_groups(town: Town, alice: StandIn, bob: StandIn) -> None:
    town.befriend("alice", "bob")
    async with seat(alice) as hers, seat(bob) as his:
        await hers.types("/group hikers bob")
        await hers.sees("# hikers  group")
        await his.sees("? hikers")
        await his.presses("ctrl+n", "f3")
        await his.sees("# hikers  group")
        await hers.types("saturday?")
        await his.sees("alice   saturday?")
        await hers.sees("saturday?  ✓")
        await hers.types("/members")
        await hers.sees("in hikers: alice (owner), bob (member)")
        await his.types("/leave")
        await his.presses("enter")
        await his.sees("you left hikers")


async def test_typing_is_told_and_shown(town: Town, alice: StandIn, bob: StandIn) -> None:
    town.befriend("alice", "bob")
    async with seat(alice) as hers, seat(bob) as his:
        await his.types("/open alice")
        await hers.types("/open bob")
        await hers.types("h", enter=False)
        await his.sees("alice  is writing …")
        assert alice.typed == ["bob"]


async def test_the_connection_is_in_the_footer(alice: StandIn) -> None:
    async with seat(alice) as screen:
        alice.link(Link.OFFLINE, "nobody answers at 127.0.0.1:1883", 4.0)
        await screen.sees("◌ reconnecting in", "nobody answers")
        await screen.types("/ask bob")
        await screen.sees("✗ the broker is not there; try again when it is")
        alice.link(Link.REFUSED, "this device was revoked")
        await screen.sees("✗ refused: this device was revoked")
        alice.link(Link.ONLINE)
        await screen.sees("● online")


async def test_scrolling_back_reads_older_lines_and_new_ones_do_not_move_it(
    town: Town, alice: StandIn, bob: StandIn
) -> None:
    town.befriend("alice", "bob")
    for number in range(150):
        await bob.send("alice", f"line {number:03}")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("line 149")
        for _ in range(6):
            await screen.presses("pageup")
        await screen.sees("line 023")  # the page before was read on the way
        assert len(screen.screen.view.lines) == 150
        before = screen.text()
        await bob.send("alice", "news")
        await screen.sees("news", "↓ 1 new below · End")  # in the list, and as a quiet line
        assert "line 149" not in screen.text()
        assert screen.rows()[5][26:].rstrip() in before
        await screen.presses("end")
        await screen.sees("bob   news")
        await screen.misses("new below")


async def test_what_was_pasted_in_several_lines_stays_one_message(town: Town, alice: StandIn, bob: StandIn) -> None:
    town.befriend("alice", "bob")
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.types("one\r\ntwo\n\x1b[31mthree", enter=False)
        await screen.sees("│ one", "│ two", "│ \\u{1b}[31mthree")
        await screen.presses("enter")
        await screen.sees("you › one", "› two", "three  ✓")
        assert [line.text for line in await alice.messages("bob")] == ["one\ntwo\n\\u{1b}[31mthree"]


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (200, 60), (30, 8)])
async def test_every_size_shows_who_what_and_the_connection(
    town: Town, alice: StandIn, bob: StandIn, size: tuple[int, int]
) -> None:
    town.befriend("alice", "bob")
    async with seat(alice, size) as screen:
        await screen.types("/open bob")
        await screen.types("hi")
        await screen.sees("● bob  online", "hi  ✓✓", "\n ● online")
        await screen.presses("f1")
        await screen.sees("Enter")
        await screen.presses("escape")
        await screen.sees("hi  ✓✓")


@each_hostile
async def test_hostile_texts_everywhere_leave_the_frame_as_it_was(text: str) -> None:
    town = Town.around("alice", "bob")
    alice, bob, erin = town.people["alice"], town.people["bob"], town.person("erin")
    await erin.ask("alice", text)
    await bob.send("alice", text)
    await bob.create_group("hikers", text, ["alice"])
    alice.link(Link.OFFLINE, text)
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.sees("▸")
        rows = screen.rows()
        assert not betrayals(rows)
        assert {screen_width(row) for row in rows} == {80}
        assert all(row[_column(row, 24)] == "│" for row in rows[:-1])


def screen_width(row: str) -> int:
    from rich.cells import cell_len

    return cell_len(row)


def _column(row: str, cells: int) -> int:
    """The index of the character that begins at *cells*."""
    from rich.cells import split_graphemes

    at = 0
    for start, _, size in split_graphemes(row)[0]:
        if at >= cells:
            return start
        at += size
    raise AssertionError(row)
