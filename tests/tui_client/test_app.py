"""The application around the screen: crashes that tell no secret, and no colour where none is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import nullcontext

import pytest
from textual.app import App
from textual.css.query import NoMatches

from tests.tui_client.seat import seat
from tests.tui_client.town import StandIn, Town
from tui_client import screen as screen_room
from tui_client.app import ChatApp
from tui_client.screen import ChatScreen
from xasup.client.events import Event
from xasup.protocol.ids import UserId

SECRET = "tok-3f9a8b7c6d5e"


class Failing(StandIn):
    """Its events end in a bug, in a frame that knows the token."""

    async def events(self) -> AsyncIterator[Event]:
        token = SECRET
        if token:
            raise RuntimeError("a bug")
        yield  # type: ignore[misc] # makes this a generator


class Talkative(ChatApp):
    """The fault: Textual's own report of a crash, with the variables of every frame."""

    _fatal_error = App._fatal_error


async def _crash(kind: type[ChatApp], capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    logged: list[str] = []
    app = kind(Failing(Town(), UserId("alice")), on_crash=logged.append)
    await app.run_async(headless=True)
    assert app.return_code == 1
    captured = capsys.readouterr()
    return captured.out + captured.err, logged


async def test_a_crash_says_what_happened_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    printed, logged = await _crash(ChatApp, capsys)
    assert "RuntimeError: a bug" in printed
    assert [SECRET in text for text in (printed, *logged)] == [False, False]


async def test_the_test_of_secrets_can_fail(capsys: pytest.CaptureFixture[str]) -> None:
    printed, _ = await _crash(Talkative, capsys)
    assert SECRET in printed


@pytest.mark.parametrize("colour", [True, False])
async def test_no_color_means_no_colour_at_all(colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if colour:
        monkeypatch.delenv("NO_COLOR", raising=False)
    else:
        monkeypatch.setenv("NO_COLOR", "1")
    alice = Town.around("alice", "bob").people["alice"]
    async with seat(alice, colour=colour) as screen:
        await screen.types("/open bob")
        await screen.types("hi")
        await screen.sees("hi  ✓✓")
        strips = screen.app.screen._compositor.render_strips(screen.app.size)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        colours = {part.name for style in styles for part in (style.color, style.bgcolor) if part}
        if colour:
            assert len(colours) > 3
        else:
            assert colours <= {"default"}
            assert any(style.reverse for style in styles)  # the cursor is visible


def _due_too_late(self: ChatScreen) -> None:
    """What was to be drawn comes due when all that it is drawn on is gone."""
    pending = self._pending
    assert pending is not None and pending._callback is not None and not self.children
    pending._callback()


@pytest.mark.parametrize("guarded", [True, False])
async def test_what_comes_due_while_the_program_ends_is_not_drawn(
    guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChatScreen, "on_unmount", _due_too_late)
    if not guarded:
        monkeypatch.setattr(screen_room, "unless_gone", lambda screen, do: do)
    with nullcontext() if guarded else pytest.raises(NoMatches):
        async with seat(Town.around("alice", "bob").people["alice"]) as screen:
            await screen.rests()
            screen.screen._changed(can_wait=True)
