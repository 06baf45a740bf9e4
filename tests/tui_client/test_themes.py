"""Our themes read well: contrast of every role on every ground that it stands on, as WCAG 2 measures it."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.widgets import Input, TextArea

from tests.tui_client.seat import Seat, seat
from tests.tui_client.town import Town
from tui_client.app import ChatApp
from tui_client.spans import Role
from tui_client.themes import OURS, USUAL_THEME, chosen, worn
from tui_client.widgets.sheet import Sheet
from xasup.protocol.errors import Malformed

LEAST = 4.5


def luminance(colour: Color) -> float:
    """Relative, of WCAG 2.2."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def contrast(one: Color, other: Color) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def weak(screen: Seat) -> list[str]:
    """Roles that read badly somewhere on the screens that are open."""
    found = []
    for shown in screen.app.screen_stack:
        for sheet in shown.query(Sheet):
            for role in Role:
                style = sheet.rich_style + sheet.get_component_rich_style(f"role--{role}", partial=True)
                measured = contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
                if measured < LEAST:
                    found.append(f"{role} in #{sheet.id}: {measured:.2f}")
        for field, part in ((TextArea, "text-area--placeholder"), (Input, "input--placeholder")):
            for blank in shown.query(field):
                _, ground = blank.background_colors
                measured = contrast(ground + blank.get_visual_style(part).foreground, ground)
                if measured < LEAST:
                    found.append(f"{part} in #{blank.id}: {measured:.2f}")
    return found


def test_the_measure_is_that_of_wcag() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [theme.name for theme in OURS])
async def test_every_role_reads_everywhere(theme: str) -> None:
    async with seat(Town().person("alice")) as screen:
        screen.app.theme = theme
        await screen.pilot.pause()
        assert not weak(screen)
        for command, title in (
            ("/help", "Enter sends what"),
            ("/devices", "Your devices"),
            ("/search", "words to look for"),
        ):
            await screen.types(command)
            await screen.sees(title)
            assert not weak(screen)
            await screen.presses("escape")


async def test_the_measure_finds_what_reads_badly() -> None:
    async with seat(Town().person("alice")) as screen:
        screen.app.theme = "solarized-light"
        await screen.pilot.pause()
        assert weak(screen)


async def test_the_measure_finds_what_stands_faint_in_an_empty_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: our rule for it is gone, and Textual's holds."""
    monkeypatch.setattr(ChatApp, "CSS", "\n".join(row for row in ChatApp.CSS.splitlines() if "placeholder" not in row))
    async with seat(Town().person("alice")) as screen:
        assert [each for each in weak(screen) if each.startswith("text-area--placeholder")]


def test_a_theme_that_is_kept_and_gone_is_the_usual_one() -> None:
    assert worn("nord", {"nord", USUAL_THEME}) == "nord"
    assert worn("gone", {"nord", USUAL_THEME}) == worn("", {"nord", USUAL_THEME}) == USUAL_THEME


def test_an_unknown_theme_names_those_there_are() -> None:
    assert chosen("", {USUAL_THEME, "nord"}) == USUAL_THEME
    assert chosen("nord", {USUAL_THEME, "nord"}) == "nord"
    with pytest.raises(Malformed, match="there is no theme pink; there are xasup-dark, nord"):
        chosen("pink", {"nord", USUAL_THEME})
