"""Receipts of reading: only for what was in view, uncovered, while the terminal had the focus."""

from __future__ import annotations

import pytest

from tests.tui_client.seat import Seat, seat
from tests.tui_client.town import StandIn, Town
from tui_client.widgets.talk import Talk
from xasup.protocol.errors import Unavailable


@pytest.fixture
def alice() -> StandIn:
    """She, with bob and carol as contacts."""
    return Town.around("alice", "bob", "carol").people["alice"]


def reported(alice: StandIn) -> list[str]:
    return [id for _, ids in alice.shown_calls for id in ids]


async def test_what_arrives_in_the_open_conversation_is_read(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        id = await alice.town.people["bob"].send("alice", "hi")
        assert await alice.was_shown(1) == [id]
        assert alice.shown_calls == [("bob", [id])]


async def test_what_arrives_elsewhere_is_not(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open carol")
        await alice.town.people["bob"].send("alice", "hi")
        await screen.sees("bob               (1)", "1 new")
        assert reported(alice) == []
        await screen.types("/open bob")
        assert len(await alice.was_shown(1)) == 1
        await screen.misses("(1)", "1 new")


async def test_nothing_is_read_while_the_terminal_has_no_focus(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.looks_away()
        await alice.town.people["bob"].send("alice", "hi")
        await screen.sees("bob   hi", "1 new")
        assert reported(alice) == []
        await screen.looks_back()
        assert len(await alice.was_shown(1)) == 1


async def test_nothing_is_read_behind_the_help(alice: StandIn) -> None:
    async with seat(alice) as screen:
        await screen.types("/open bob")
        await screen.presses("f1")
        await screen.sees("Enter sends")
        await alice.town.people["bob"].send("alice", "hi")
        for _ in range(5):
            await screen.pilot.pause()
        assert reported(alice) == []
        await screen.presses("escape")
        await screen.sees("bob   hi")
        assert len(await alice.was_shown(1)) == 1


async def test_only_the_lines_in_view_are_read_and_each_once(alice: StandIn) -> None:
    async with seat(alice) as screen:
        ids = await _fifty_lines(screen, alice)
        await screen.rests()
        rows = screen.screen.query_one(Talk).size.height
        assert sorted(await alice.was_shown(rows), key=ids.index) == ids[-rows:]
        await screen.presses("pageup")
        await screen.sees("line 20")
        assert len(set(reported(alice))) == len(reported(alice))
        assert ids[20] in reported(alice) and ids[0] not in reported(alice)


async def test_the_test_of_what_is_in_view_can_fail(alice: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: all that is loaded counts as seen."""
    monkeypatch.setattr(Talk, "seen", lambda talk: [line.ends for line in talk.drawn if line.ends])
    async with seat(alice) as screen:
        ids = await _fifty_lines(screen, alice)
        assert ids[0] in await alice.was_shown(50)


async def test_a_receipt_that_could_not_be_kept_is_given_again(alice: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    async def disk_full(conversation: str, ids: object) -> None:
        raise Unavailable("the disk is full")

    async with seat(alice) as screen:
        await screen.types("/open bob")
        monkeypatch.setattr(alice, "shown", disk_full)
        await alice.town.people["bob"].send("alice", "hi")
        await screen.sees("✗ the disk is full")
        monkeypatch.undo()
        await screen.looks_away()
        await screen.looks_back()
        assert len(await alice.was_shown(1)) == 1


async def _fifty_lines(screen: Seat, alice: StandIn) -> list[str]:
    """Their ids, once the last of them is on the screen."""
    ids = [str(await alice.town.people["bob"].send("alice", f"line {number}")) for number in range(50)]
    await screen.types("/open bob")
    await screen.sees("line 49")
    await screen.pilot.pause()
    return ids
