"""What is drawn again: only what is different, and each line once."""

from __future__ import annotations

import asyncio

import pytest
from textual.strip import Strip

from tests.tui_client.seat import Seat, seat
from tests.tui_client.town import StandIn, Town
from tui_client.spans import Line
from tui_client.themes import LIGHT
from tui_client.widgets.people import People
from tui_client.widgets.talk import Talk
from xasup.client.events import PresenceChanged
from xasup.protocol.ids import UserId


@pytest.fixture
def town() -> Town:
    return Town.around("alice", "bob", "carol")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of each line of the conversation that a strip was made of."""
    texts, make = list[str](), Talk._strip_of

    def noted(self: Talk, line: Line) -> Strip:
        texts.append(line.text)
        return make(self, line)

    monkeypatch.setattr(Talk, "_strip_of", noted)
    return texts


async def opened(screen: Seat, bob: StandIn) -> None:
    for number in range(40):
        await bob.send("alice", f"number {number:02}")
    await screen.types("/open bob")
    await screen.sees("number 39")
    await screen.rests()


async def test_a_message_that_comes_makes_one_strip(town: Town, made: list[str]) -> None:
    async with seat(town.people["alice"]) as screen:
        await opened(screen, town.people["bob"])
        made.clear()
        await town.people["bob"].send("alice", "one more")
        await screen.sees("one more")
        await screen.rests()
        assert [text for text in made if "number" in text] == []
        assert len([text for text in made if "one more" in text]) == 1


async def test_what_is_kept_is_made_anew_in_other_colours_and_in_another_width(town: Town, made: list[str]) -> None:
    async with seat(town.people["alice"]) as screen:
        await opened(screen, town.people["bob"])
        before = screen.strips()
        screen.app.theme = LIGHT.name
        await screen.rests()
        light = screen.strips()
        assert [strip.text for strip in light] == [strip.text for strip in before]
        assert all(strip != old for strip, old in zip(light[3:20], before[3:20], strict=True))
        await screen.pilot.resize_terminal(100, 24)
        await screen.rests()
        assert {strip.cell_length for strip in screen.strips()} == {100}


async def test_the_conversation_is_as_textual_itself_would_draw_it(town: Town) -> None:
    """Whose rows are those of every other widget."""
    async with seat(town.people["alice"]) as screen:
        await opened(screen, town.people["bob"])
        talk = screen.screen.query_one(Talk)
        ours = talk.render_lines(talk.size.region)
        talk._styles_cache.clear()
        theirs = super(Talk, talk).render_lines(talk.size.region)
        assert [list(strip) for strip in ours] == [list(strip) for strip in theirs]


async def test_who_comes_and_goes_draws_one_row(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = list[int]()
    async with seat(town.people["alice"]) as screen:
        await opened(screen, town.people["bob"])
        monkeypatch.setattr(People, "refresh_line", lambda self, y: drawn.append(y))
        monkeypatch.setattr(Talk, "show_view", None)  # it is not asked
        town.people["alice"].tell(PresenceChanged(UserId("carol"), False))
        async with asyncio.timeout(10):
            while not drawn:
                await screen.pilot.pause(0.01)
    assert len(drawn) == 1
